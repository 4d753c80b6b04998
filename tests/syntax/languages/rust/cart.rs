//! A cart, to look at definitions, uses and imports.
#![warn(missing_docs)]

use std::collections::{self, hash_map::{Entry, *}, HashMap as Map};
use std::fmt;
pub use crate::money::Price;
pub(crate) use super::stock as shelf;
use {rates::Rate, ::serde};
use self::inner::*;
extern crate alloc as memory;

mod inner;
#[path = "other/place.rs"]
pub mod placed;

/// The most that a cart holds.
pub const MAX_ITEMS: usize = 100; // not more
static mut COUNT: AtomicUsize = AtomicUsize::new(0);
type Pairs<T> = Vec<(T, Price)>;

/// One thing that is for sale.
///
/// It has a price.
#[derive(Debug, Clone, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Item<T: Copy + 'static = i32>
where
    T: Priced,
{
    /// What it is called.
    pub name: String,
    #[serde(skip)]
    price: Option<T>,
    größe: [u8; MAX_ITEMS],
}

struct Pair(pub i32, Item);
struct Unit;

/** How it is paid. */
#[non_exhaustive]
pub enum Payment<'a> {
    Cash,
    /// With a card.
    #[doc(alias = "plastic")]
    Card(u64, &'a str),
    Transfer { bank: Bank, number: u64 } = 3,
}

union Bits {
    whole: u32,
    real: f32,
}

/// What has a price.
pub trait Priced: Sized + fmt::Display + From<Item> {
    /// In what it is counted.
    type Currency: Clone;
    const SCALE: usize = 1;
    fn price(&self) -> Self::Currency;
    /// Whether it costs anything.
    fn free(&self) -> bool {
        false
    }
}

impl<T> Priced for Item<T> {
    type Currency = T;
    const SCALE: usize = 2;
    fn price(&self) -> T {
        self.price.unwrap().into()
    }
}

impl Item<f64> {
    pub const ZERO: Self = Self { name: String::new(), price: None };

    /// Makes one.
    #[must_use]
    pub async unsafe fn new(name: &str, rate: Rate) -> Result<Self, Box<dyn Error>> {
        fn nested(of: Unit) {}
        const LOCAL: u8 = 1;
        let items = vec![Item::make(1), other];
        let found = Self::helper(name)?.parse::<Number>().map(|item: &Item| item.price as Cents);
        assert_eq!(rate.apply(found), shelf::lookup(&items, MAX_ITEMS));
        Ok(Item::<f64>::make(found, ..).await)
    }
}

impl fmt::Display for Pair {}
impl<'a> Iterator for &'a mut Basket<Item> {}
impl dyn Priced {}

pub(super) mod parts {
    use super::{Item, Payment::Card};
    use self::deep::thing;

    pub fn visible(item: impl Fn(&str) -> Unit) -> [Part; 2] {
        thing(item)
    }
    mod deep;
}

/// Makes a map.
#[macro_export]
macro_rules! map {
    ($($key:expr => $value:expr),*) => {{ Map::from([$(($key, $value)),*]) }};
}

extern "C" {
    fn c_sum(items: *const c_int, count: c_int) -> c_int;
    static ERRNO: i32;
}

pub fn pay<const N: usize, F>(payment: Payment, then: F) -> Option<Bits>
where
    F: FnOnce(Receipt) -> Answer,
{
    match payment {
        Payment::Cash => {}
        Payment::Card(number, ..) if number > LIMIT => return None,
        Payment::Transfer { bank, number: 0 } => bank.send(Kind::Fast),
        Wrapped(Pair(first, _)) => first,
        UNKNOWN => unreachable!("never {}", payment),
    }
    let label = 'outer: loop {
        break 'outer Settings { name, limit: MAX_ITEMS, ..Default::default() };
    };
    then(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pays() {
        assert!(pay(Payment::Cash).is_some());
    }
}
