<?php

declare(strict_types=1);

namespace Shop\Cart;

use Countable;
use IteratorAggregate as Walkable;
use Shop\Money\{Amount, Currency as Coin};
use function Shop\Tax\rate;
use const Shop\Tax\{LOW, HIGH as TOP};
use \Psr\Log\LoggerInterface;

require_once __DIR__ . '/helpers.php';
require 'config.php';
include_once("legacy/old.php");

const MAX_ITEMS = 100, MIN_ITEMS = 1;
define('SHOP_NAME', 'Größe');

/**
 * How an order stands.
 */
enum Status: string implements Labelled
{
    use Describes;

    case Open = 'open';
    case Paid = 'paid'; // done

    const DEFAULT = self::Open;

    public function label(): string
    {
        return match ($this) {
            self::Open => 'offen',
            Status::Paid => ucfirst($this->value),
        };
    }

    public static function fromLabel(string $label): static
    {
        return static::tryFrom($label) ?? throw new \ValueError("no $label");
    }
}

interface Priced extends HasName, \JsonSerializable
{
    const TAX = 0.19;

    /** The price of all. */
    public function price(int $count = 1): Amount;
}

// Counts what it sees.
trait Counts
{
    private int $seen = 0;

    abstract protected function limit(): ?int;

    public function count(): int
    {
        return ++$this->seen;
    }
}

/**
 * A basket holds items until they are paid.
 *
 * @template T of Item
 */
#[Entity(table: 'baskets')]
#[Immutable]
final class Basket extends Model\Base implements Countable, Walkable
{
    use Counts, Logs {
        Counts::count insteadof Logs;
        Logs::count as protected logCount;
    }

    public const int LIMIT = 3;
    private static ?Basket $last = null;
    protected array $items = [], $gone = [];
    public readonly string $größe;

    public string $title {
        get => strtoupper($this->title);
        set(string $value) { $this->title = trim($value); }
    }

    public function __construct(
        private readonly LoggerInterface $logger,
        protected ?Status $status = Status::Open,
        int|string $id = 0,
    ) {
        parent::__construct($id);
        self::$last = $this;
    }

    #[Route('/add', methods: ['POST'])]
    public function add(Item&Priced $item, int ...$counts): self
    {
        if (!$item instanceof Priced || $item::class === Basket::class) {
            throw new OutOfStock\Exception('none', code: self::LIMIT);
        }
        try {
            $this->logger?->info('added', ['item' => $item->name]);
        } catch (RuntimeException | \LogicException $error) {
            Log::warning($error->getMessage());
        }
        $total = array_map(fn (Item $each): Amount => $each->price(), $this->items);
        usort($total, static function (Amount $a, Amount $b) use ($item): int {
            return $a <=> $b;
        });

        return new static($this->logger);
    }

    public static function last(): ?self
    {
        return static::$last;
    }
}

/**
 * The best of all.
 */
function best(iterable $items, callable $by = null): ?Item
{
    $listener = new class ($items) implements Listener {
        public function hear(Event $event): void
        {
            rate($event, \SHOP_NAME, MAX_ITEMS);
        }
    };
    return $by ? $by($items) : max(...$items);
}

if (!function_exists('money')) {
    function money(float $value): string
    {
        return Amount::of($value)->format(<<<TEXT
            Price: {$value}
            TEXT);
    }
}
