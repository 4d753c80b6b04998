package broken

import java.util.List

class Before {
  def kept: Int = 1
}

class Broken {
  def first(a: Int = {
    call(a
  }

  /** Stands. */
  def second: String = { List.of("x").toString() }
}

class After extends Before {
  val last = 2
}
