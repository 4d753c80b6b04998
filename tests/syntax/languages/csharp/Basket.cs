// A shop's basket.
#nullable enable
global using System;
using System.Collections.Generic;
using static System.Math;
using Dict = System.Collections.Generic.Dictionary<string, int>;
using Größe = Shop.Größe;
extern alias Old;

[assembly: System.Reflection.AssemblyVersion("1.0")]

namespace Shop.Baskets
{
    /// <summary>
    /// What a customer means to buy.
    /// </summary>
    [Serializable]
    [Obsolete("old", error: false)]
    public abstract partial class Basket<T> : Shelf<T>, IPriced, Shop.IDeep<int>
        where T : Item, new()
    {
        /// <summary>The most that fits.</summary>
        public const int MaxItems = 100;
        private readonly List<T> items = new(), gifts;
        public static event EventHandler<PaidArgs>? Paid;

        protected Basket(List<T> items) : base(items)
        {
            this.items = items;
        }

        ~Basket() { }

        public int Count { get; private set; } = 0;
        public bool Empty => items.Count == 0;
        public string? Name
        {
            get { return name; }
            set { name = value ?? nameof(Basket<T>); }
        }

        public T this[int index] => items[index];

        public event Action Emptied
        {
            add { }
            remove { }
        }

        // The whole price.
        [Pure]
        public virtual async Task<int> TotalAsync(int count, params T[] more)
        {
            int Rounded(double value) => (int)Math.Round(value);
            var sum = await Task.FromResult(Rounded(1.5));
            foreach (T item in items.Where(one => one.Price > PriceFloor))
            {
                sum += item.Price * count;
            }
            if (more is { Length: > 0 } and [var first, ..] && first is Big big)
                sum += big.Size;
            try
            {
                Paid?.Invoke(this, new PaidArgs(sum));
            }
            catch (InvalidOperationException error) when (error.Message != "größe")
            {
                throw new SoldOut($"none of {typeof(T).Name}", error);
            }
            return sum switch { 0 => default(int), _ => sum };
        }

        public static implicit operator bool(Basket<T> basket) => !basket.Empty;
        public static Basket<T> operator +(Basket<T> left, T right) => left;

        internal abstract R Convert<R>(Func<T, R> how) where R : struct;
        void IPriced.Pay() { }

        public class Builder
        {
            public int size;
        }

        private delegate void Handler(object sender);
    }

    public interface IPriced
    {
        int Price { get; }
        void Pay();
    }

    /// <summary>How it is paid.</summary>
    [Flags]
    enum Payment : byte
    {
        /// <summary>Coins.</summary>
        Cash = 1,
        [Obsolete] Card,
    }

    public readonly record struct Point(int X, int Y);

    public record Person(string Name) : Being(Name)
    {
        public int Age { get; init; }
    }

    ref struct Span { public int Length; }

    public delegate int Chooser<in T>(T one);

    static class Extensions
    {
        public static int Größter(this List<int> list) => Max(list[0], list.Count);
    }
}
