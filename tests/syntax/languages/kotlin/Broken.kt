package broken

import java.util.List

class Before {
    fun kept(): Int = 1
}

class Broken {
    val first: = 3
    fun call(a: Int) = listOf(a,,)

    /** Stands. */
    fun second(): String { return listOf("x").toString() }
}

class After : Before() {
    val last = 2
}
