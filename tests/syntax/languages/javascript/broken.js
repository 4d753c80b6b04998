const shop = require("./shop");

export function before() {
  return shop.open();
}

class Half extends Base {
  items = [;

  open(path {
    return this.
  }

  after() {
    return this.items.length +
  }
}

const list = [1, 2;

function last() {
  return before();
}
