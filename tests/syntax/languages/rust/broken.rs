use crate::cart::{Item, ;

pub fn before() -> Item {
    Item::make()
}

struct Half {
    name: String
    size: ,
}

impl Half {
    fn open(&self, path: &str {
        self.
    }

    fn after(&self) -> usize {
        self.name.len() +
    }
}

fn last() {
    before();
}
