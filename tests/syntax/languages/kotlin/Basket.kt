#!/usr/bin/env kotlin
/* A shop's basket. */
@file:JvmName("Baskets")

package org.shop.basket

import java.util.List
import java.util.Map.Entry as Pair
import org.shop.prices.*
import org.shop.größe.Größe

typealias Prices = Map<String, Int>

/** The most that fits. */
const val MAX_ITEMS = 100
var counter: Int = 0
val String.shout: String
    get() = uppercase()
val (low, high) = 1 to 2
private val lazily by lazy { Basket.empty() }

/**
 * What a customer means to buy.
 */
@Deprecated("old")
abstract class Basket<T : Item>(
    val items: List<T>,
    private var paid: Boolean = false,
    count: Int,
) : Shelf<T>(items), Priced, org.shop.Deep<T> where T : Comparable<T> {
    val size: Int = items.size
    protected open lateinit var name: String

    init {
        require(count > 0) { "größe" }
    }

    constructor(items: List<T>) : this(items, false, 1) {
        counter++
    }

    // The whole price.
    @Throws(SoldOut::class)
    suspend fun total(count: Int = 1, vararg more: T): Int {
        fun rounded(value: Double): Int = value.toInt()
        var sum = 0
        for (item in items) {
            sum += item.price() * count
        }
        val order = Comparator<T> { a, b -> a.price() - b.price() }
        val task = object : Runnable {
            override fun run() { println("ü $sum ${items.size}") }
        }
        val price = items.map(Item::price).firstOrNull { it > MAX_ITEMS } ?: return 0
        when (val first = items[0]) {
            is Big -> sum += first.size
            !is Small, null -> throw SoldOut("none")
            else -> (first as Medium).pay()
        }
        try { task.run() } catch (error: IllegalStateException) { error.printStackTrace() }
        return rounded(1.5) + price
    }

    abstract fun <R> convert(how: (T) -> R): R
    operator fun plus(other: Basket<T>): Basket<T> = this
    infix fun T.before(other: T) = this < other

    companion object {
        const val LIMIT = 3
        fun empty(): Basket<Item> = TODO()
    }

    inner class Builder {
        var size = 0
    }

    object Shared : Priced {
        override fun price() = 1
    }
}

/** Anything with a price. */
sealed interface Priced {
    fun price(): Int
    val free: Boolean get() = price() == 0
}

fun interface Chooser { fun choose(one: Item): Boolean }

enum class Payment(val code: Int) : Supplier<String> {
    /** Coins. */
    CASH(1),
    @Deprecated("x") CARD(2) {
        override fun get() = "card"
    };

    abstract fun get(): String
}

data class Point(val x: Int, val y: Int)
annotation class Shelf(val value: String)
@JvmInline value class Id(val id: Int)
data object Nothing

inline fun <reified T> größe(one: T): Int where T : Any = one.hashCode()
fun List<Int>.largest() = max()
fun main() = runBlocking { launch { delay(1) } }
