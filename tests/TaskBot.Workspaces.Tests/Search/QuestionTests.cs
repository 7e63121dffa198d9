using TaskBot.Workspaces.Search.Ranking;

namespace TaskBot.Workspaces.Tests.Search;

public sealed class QuestionTests
{
    [Theory]
    [InlineData("   at Shop.Cart.Total() in /home/ci/src/Cart.cs:line 42", "home/ci/src/Cart.cs", 42)]
    [InlineData("src/Cart.cs(12,5): error CS1002: ; expected", "src/Cart.cs", 12)]
    [InlineData("  File \"/app/shop/cart.py\", line 7, in total", "app/shop/cart.py", 7)]
    [InlineData("\tat com.shop.Cart.total(Cart.java:31)", "Cart.java", 31)]
    [InlineData("    at total (/srv/shop/cart.js:9:15)", "srv/shop/cart.js", 9)]
    [InlineData("\t/go/src/shop/cart.go:88 +0x1d", "go/src/shop/cart.go", 88)]
    [InlineData("thread 'main' panicked at src/cart.rs:14:9:", "src/cart.rs", 14)]
    [InlineData("lib/cart.rb:5:in 'total': no discount (NoMethodError)", "lib/cart.rb", 5)]
    [InlineData("PHP Fatal error: Uncaught Error in /var/www/cart.php on line 23", "var/www/cart.php", 23)]
    [InlineData("#0 /var/www/Cart.php(17): total()", "var/www/Cart.php", 17)]
    [InlineData("cart.c:3:4: error: expected ';'", "cart.c", 3)]
    [InlineData("  at Cart.total (Cart.kt:6)", "Cart.kt", 6)]
    [InlineData("lua: cart.lua:2: attempt to index a nil value", "cart.lua", 2)]
    [InlineData("File \"C:\\shop\\cart.py\", line 3", "shop/cart.py", 3)]
    [InlineData("see src/cart.ts for this", "src/cart.ts", null)]
    public void A_place_is_found_in(string text, string file, int? line) => Question.Parse(text).Places.ShouldContain((file, line));

    [Fact]
    public void Names_phrases_and_messages_of_errors_are_told_from_prose()
    {
        var question = Question.Parse(
            "Cart.ComputeTotal() is wrong\n\nUse `max_items` and \"too many items\".\nValueError: invalid literal for the price\nSee https://example.invalid/some/page.html");
        question.Names.ShouldBe(["ComputeTotal", "ValueError", "max_items"]);
        question.Phrases.ShouldBe(["invalid literal for the price", "too many items"]);
        question.Places.ShouldNotContain(place => place.File.Contains("page.html"));
    }

    [Fact]
    public void Two_words_of_prose_may_be_one_name_of_the_code() =>
        Question.Parse("the session store leaks").Terms.Select(term => term.Term).ShouldContain("sessionstore");

    [Fact]
    public void A_text_without_end_is_read_in_part()
    {
        var question = Question.Parse(string.Concat(Enumerable.Range(0, 300_000).Select(at => $"word{at}_x `some text {at}` (a{at}.cs:1 ")));
        question.Terms.Count.ShouldBeLessThan(200);
        question.Places.Count.ShouldBeLessThan(100);
        question.Names.Count.ShouldBeLessThan(100);
        question.Phrases.Count.ShouldBeLessThan(100);
        question.Places[0].ShouldBe(("a0.cs", 1));
    }
}
