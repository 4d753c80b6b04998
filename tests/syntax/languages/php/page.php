<!doctype html>
<?php namespace Pages { use Shop\Cart\Basket; } ?>
<ul>
<?php foreach ($basket->items() as $item): ?>
  <li><?= htmlspecialchars($item->name) ?></li>
<?php endforeach; ?>
</ul>
<?php

function whole(int $a): int { return twice($a); }

class Broken {
    public function first( { }
    public function second(): void { $this->third(; }
}

function after(): Basket { return new Basket(); }
