// A shop's basket.
#include <vector>
#include "basket.hpp"
#include "größe/util.h"

#define SHOP_VERSION 3
#define SHOP_MAX(a, b) ((a) > (b) ? (a) : (b))

using namespace std;
using std::string;
namespace fs = std::filesystem;

namespace shop::inner {

/// One thing that is for sale.
class SHOP_EXPORT Item : public Base, protected virtual detail::Priced<int>, private Hidden {
 public:
  /** Makes one. */
  explicit Item(std::string name, int price = 0) : Base(name), price_(price) {}
  Item(const Item&) = delete;
  Item& operator=(Item&& other) noexcept = default;
  virtual ~Item();

  // The price.
  virtual int price() const noexcept = 0;
  static std::unique_ptr<Item> make(const string& name);
  bool operator<(const Item& other) const { return price_ < other.price_; }
  operator bool() const { return price_ > 0; }
  [[nodiscard]] auto size() const -> std::size_t { return size_; }
  template <typename U>
  U convert(U value) const;
  friend std::ostream& operator<<(std::ostream& out, const Item& item);
  using value_type = int;
  typedef std::vector<Item> list;

  struct Place {
    int x = 0, y = 0;
  };
  enum class Payment : unsigned char { Cash, Card = 2 };
  enum { kOne, kTwo };

 private:
  int price_;
  std::map<string, int> sizes_{};
  static constexpr int kLimit = 10;
  int *next_, &other_;
  void (*callback_)(int);
};

}  // namespace shop::inner

namespace shop {
namespace {
int hidden_counter = 0;
}  // namespace

inline namespace v1 {
/// Anything with a price.
template <typename T>
concept Priced = requires(T value) {
  { value.price() } -> std::convertible_to<int>;
};
}  // namespace v1

/// A box of T.
template <typename T, int N = 3>
class Box final : public std::enable_shared_from_this<Box<T, N>> {
 public:
  Box() = default;
  T& at(int index);
  template <class U> void each(U&& use) { for (auto& one : items_) use(one); }
 private:
  T items_[N];
};

template <>
class Box<bool, 1> {};

template <typename T>
using Boxes = std::vector<Box<T>>;

template <typename T, int N>
T& Box<T, N>::at(int index) {
  return items_[index];
}

template <typename T>
constexpr bool is_box = false;

template <Priced T>
auto total(const T& first, auto&&... rest) {
  return (first.price() + ... + rest.price());
}

union Either {
  int number;
  float part;
};

extern template class Box<int>;
typedef struct { int a; } Old;
typedef void (*Handler)(int);
int global_count = 1;
constexpr double kPi = 3.14;
auto lambda = [](int x) { return x; };
int declared(const Item& item);

}  // namespace shop

using namespace shop;

// How it ends.
shop::inner::Item::~Item() {}

std::unique_ptr<Item> shop::inner::Item::make(const string& name) {
  auto made = std::make_unique<Item>(name);
  auto box = new Box<int>();
  made->price();
  shop::total<int>(*made);
  static_cast<Base*>(made.get())->check(kLimit);
  try {
    throw Error("größe");
  } catch (const std::runtime_error& error) {
    std::cerr << error.what() << std::endl;
  }
  return made;
}

Item::Item(int größe) : Base{größe}, price_(0) {
  size_ = 3;
}

std::ostream& operator<<(std::ostream& out, const Item& item) { return out; }
Item::operator int() const { return 1; }
bool Item::operator==(const Item& other) const { return true; }
int Item::count = 0;

extern "C" {
int c_function(void);
void c_defined(int x) {}
}
extern "C" int c_single(int);

EXPORT_API int exported(void) { return 1; }

TEST(ItemTest, HasPrice) {
  EXPECT_EQ(1, 1);
}

template class Box<long>;
static_assert(sizeof(int) == 4);

int main() { return 0; }
