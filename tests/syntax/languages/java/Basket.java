/* A shop's basket: licence text that speaks of no definition. */

@NullMarked
package org.shop.basket;

import java.util.List;
import java.util.Map.Entry;
import java.util.function.*;
import static java.lang.Math.max;
import static org.shop.Prices.*;
import org.shop.größe.Größe;

/**
 * What a customer means to buy.
 *
 * @param <T> what lies in it
 */
@Deprecated(since = "2")
@SuppressWarnings("unchecked")
public abstract sealed class Basket<T extends Item & Comparable<T>> extends Shelf<T>
    implements Iterable<T>, Priced.Deep<T>
    permits SmallBasket, BigBasket {

  /** The most that fits. */
  public static final int MAX_ITEMS = 100;

  private final List<? extends T> items, gifts; // behind code
  protected volatile Map.Entry<String, int[]>[] shelves = null;

  static {
    Registry.load(Basket.class);
  }

  /** An empty one. */
  protected Basket(List<T> items) {
    super(items);
    this.items = items;
  }

  // The whole price.
  @Override
  public synchronized int total(final int count, T... more) throws SoldOut, java.io.IOException {
    class Local {
      int inner() { return 1; }
    }
    int sum = 0;
    for (T item : items) {
      sum += max(item.price(), PRICE_FLOOR) * count;
    }
    Comparator<T> order = (a, b) -> a.price() - b.price();
    Function<T, Integer> toPrice = Item::price;
    Runnable task = new Runnable() {
      @Override public void run() { System.out.println("ü"); }
    };
    try (var file = new FileReader<String>("größe")) {
      return file.read();
    } catch (IllegalStateException | SoldOut error) {
      throw new RuntimeException(error);
    }
    return switch (order) {
      case Big big when big.size() > 3 -> (Integer) big.size();
      case Point(int x, var y) -> x;
      default -> sum;
    };
  }

  abstract <R extends Number> R convert(Function<? super T, ? extends R> how);

  public static class Builder {
    int size;
    Builder size(int size) { this.size = size; return this; }
  }

  /** How it is paid. */
  enum Payment implements Supplier<String> {
    /** Coins. */
    CASH(1),
    @Deprecated CARD(2) {
      @Override public String get() { return "card"; }
    };

    private final int code;

    Payment(int code) { this.code = code; }

    public String get() { return "cash"; }
  }
}

/** A place. */
record Point<N>(int x, @Nullable N y) implements Comparable<Point<N>> {
  static final Point<Integer> ORIGIN = new Point<>(0, 0);

  Point {
    if (x < 0) throw new IllegalArgumentException();
  }

  double length() { return Math.sqrt(x * x); }
}

interface Priced<T> extends Named, Comparable<T> {
  int FREE = 0;

  int price();

  default boolean free() { return price() == FREE; }

  interface Deep<T> {}
}

@interface Shelf {
  String value() default "";
  int[] rows() default {};
  Class<? extends Item> kind() default Item.class;
}
