// A shop's basket.
package org.shop
package basket

import java.util.List
import java.util.{Map => Table, Set, Locale as Place}
import org.shop.prices._
import org.shop.money.*
import org.shop.größe.Größe
import scala.concurrent.ExecutionContext.Implicits.{global, given}

type Prices = Map[String, Int]

/** The most that fits. */
final val MaxItems = 100
var counter: Int = 0
lazy val lazily = Basket.empty
val (low, high) = (1, 2)

/** What a customer means to buy.
  *
  * With a second paragraph.
  */
@deprecated("old", "2")
abstract class Basket[+T <: Item](val items: List[T], private var paid: Boolean = false, count: Int)(using Context)
    extends Shelf[T](items)
    with Priced
    with org.shop.Deep[T] {
  val size: Int = items.size
  protected var name: String = _

  def this(items: List[T]) = this(items, false, 1)

  // The whole price.
  @throws[SoldOut]
  override def total(count: Int = 1, more: T*)(implicit order: Ordering[T]): Int = {
    def rounded(value: Double): Int = value.toInt
    var sum = 0
    for (item <- items if item.price > PriceFloor) {
      sum += item.price * count
    }
    val task = new Runnable {
      override def run(): Unit = println(s"ü $sum ${items.size}")
    }
    items.head match {
      case big: Big => sum += big.size
      case Point(x, _) => throw new SoldOut("größe")
      case _ => Basket.pay[T](items)
    }
    try task.run() catch { case error: IllegalStateException => error.printStackTrace() }
    rounded(1.5)
  }

  def convert[R](how: T => R): R
  def +(other: Basket[T @uncheckedVariance]): this.type = this
  type Element
  type Alias = List[T]

  class Builder { var size = 0 }
}

/** Its companion. */
object Basket {
  val Limit = 3
  def empty: Basket[Item] = ???
  def apply(items: Item*): Basket[Item] = ???
  implicit class Rich(private val basket: Basket[Item]) extends AnyVal {
    def rich: Boolean = true
  }
  implicit val ordering: Ordering[Item] = Ordering.by(_.price)
}

sealed trait Priced extends Product with Serializable {
  def price: Int
  val free: Boolean
}

case class Point[N](x: Int, y: N)
case object Nothing extends Priced

package object money {
  val Euro = "€"
}

/** How it is paid. */
enum Payment(val code: Int) derives Eq:
  /** Coins. */
  case Cash extends Payment(1)
  case Card(number: String) extends Payment(2)
  case North, South
  def free: Boolean = false

given intOrdering: Ordering[Int] with
  def compare(a: Int, b: Int): Int = a - b

extension (list: List[Int])
  def größter: Int = list.max

trait Shown:
  def shown: String

@main def run(args: String*): Unit =
  val basket = Basket()
  println(basket.size)
