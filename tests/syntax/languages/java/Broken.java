package broken;

import java.util.List;

class Before {
  int kept() { return 1; }
}

class Broken {
  void first(int a {
    call(a;
  }

  /** Stands. */
  String second() { return List.of("x").toString(); }
}

class After extends Before {
  int last = 2;
}
