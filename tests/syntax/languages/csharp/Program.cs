using Shop;
namespace Shop.Program;

class Before
{
    int Kept() => 1;
}

class Broken
{
    void First(int a {
        Call(a;
    }

    /// Stands.
    string Second() { return List.Of("x").ToString(); }
}

class After : Before
{
    int last = 2;
}
