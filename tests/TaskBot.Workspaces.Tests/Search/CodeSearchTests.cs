using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Search;
using TaskBot.Workspaces.Tests.Trees;
using TaskBot.Workspaces.Trees;
using static TaskBot.Workspaces.Tests.Trees.ScratchRepository;

namespace TaskBot.Workspaces.Tests.Search;

public sealed class CodeSearchTests : IAsyncLifetime
{
    static readonly CancellationToken None = CancellationToken.None;
    readonly ScratchRepository scratch = new();
    readonly CodeSearch search = new();
    GitRepository repository = null!;
    TreeId start;

    public async Task InitializeAsync()
    {
        repository = await GitRepository.OpenAsync(scratch.Folder, None);
        start = await TreeAsync(
            ("src/cart/ShoppingCart.cs", "namespace Shop;\n\npublic sealed class ShoppingCart\n{\n    // Adds up what the customer owes.\n    public decimal ComputeTotal(decimal discount) => 0;\n}\n"),
            ("src/cart/Coupon.cs", "public sealed record Coupon(string Code)\n{\n    public string Refusal => \"The coupon has expired.\";\n}\n"),
            ("src/mail/Mailer.cs", "public sealed class Mailer\n{\n    public void Send(string to) { }\n}\n"),
            ("src/web/index.ts", "export function renderPage(title: string) {\n  return title;\n}\n"),
            ("tests/ShoppingCartTests.cs", "public sealed class ShoppingCartTests { }\n"),
            ("tests/MailerTests.cs", "public sealed class MailerTests { }\n"),
            ("README.md", "A shop: cart, coupon, discount, total, mail, customer.\n"),
            ("CHANGELOG.md", "cart cart cart total total discount discount coupon\n"));
    }

    public async Task DisposeAsync()
    {
        search.Dispose();
        await repository.DisposeAsync();
        scratch.Dispose();
    }

    async Task<TreeId> TreeAsync(params (string Path, string Content)[] files) =>
        await repository.WriteTreeAsync(await repository.EmptyTreeAsync(None), [.. files.Select(file => Put(file.Path, file.Content))], None);

    Task<IReadOnlyList<SearchHit>> FindAsync(string query, int limit = 3) => search.FindAsync(repository.Tree(start), query, limit, None);

    [Theory]
    [InlineData("The discount is not part of the customer's total", "src/cart/ShoppingCart.cs")]
    [InlineData("mails are never sent", "src/mail/Mailer.cs")]
    [InlineData("`renderPage` forgets the title", "src/web/index.ts")]
    [InlineData("I see \"The coupon has expired.\" on a fresh one", "src/cart/Coupon.cs")]
    [InlineData("   at Shop.Mailer.Send(String to) in /home/ci/build/src/mail/Mailer.cs:line 3", "src/mail/Mailer.cs")]
    [InlineData("Please change web/index.ts", "src/web/index.ts")]
    [InlineData("File \"C:\\shop\\src\\cart\\Coupon.cs\", line 3", "src/cart/Coupon.cs")]
    public async Task An_issue_finds_its_file(string issue, string path) => (await FindAsync(issue))[0].Path.ShouldBe(path);

    [Fact]
    public async Task A_hit_says_why_and_where()
    {
        var hit = (await FindAsync("Totals are wrong\n\nat ComputeTotal in ShoppingCart.cs:6"))[0];
        hit.Reason.ShouldBe("mentioned as ShoppingCart.cs, line 6");
        hit.Lines.ShouldContain(6);
        hit.Snippet.ShouldContain("public decimal ComputeTotal(decimal discount) => 0;");
    }

    [Fact]
    public async Task The_tests_of_a_file_come_with_it()
    {
        var hits = await FindAsync("ComputeTotal ignores the discount of the ShoppingCart", limit: 4);
        hits[0].Path.ShouldBe("src/cart/ShoppingCart.cs");
        hits.Select(hit => hit.Path).ShouldContain("tests/ShoppingCartTests.cs");
    }

    [Fact]
    public async Task Nothing_in_common_finds_nothing()
    {
        (await FindAsync("zzzz qqqq")).ShouldBeEmpty();
        (await FindAsync("")).ShouldBeEmpty();
        (await search.FindAsync(repository.Tree(await repository.EmptyTreeAsync(None)), "cart", 5, None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Binary_large_and_linked_files_are_known_by_their_path_only()
    {
        var tree = await repository.WriteTreeAsync(
            start,
            [
                new FileChange("assets/logo.png", new FileEntry(FileKind.Regular, "\0secretword"u8.ToArray())),
                Put("data/huge.json", new string('x', 600_000) + " secretword"),
                Put("link", "secretword", FileKind.SymbolicLink),
            ], None);
        (await search.FindAsync(repository.Tree(tree), "secretword", 5, None)).ShouldBeEmpty();
        (await search.FindAsync(repository.Tree(tree), "the logo", 5, None)).Single().Path.ShouldBe("assets/logo.png");
    }

    [Fact]
    public async Task A_map_keeps_its_budget_and_its_order()
    {
        var tree = repository.Tree(start);
        var all = await search.MapAsync(tree, "the mailer", 10_000, None);
        all.Split('\n').Where(line => line.EndsWith(':')).ShouldBe(
            ["src/cart/Coupon.cs:", "src/cart/ShoppingCart.cs:", "src/mail/Mailer.cs:", "src/web/index.ts:", "tests/MailerTests.cs:", "tests/ShoppingCartTests.cs:"]);
        all.ShouldContain("  6: public decimal ComputeTotal(decimal discount) => 0;");
        var few = await search.MapAsync(tree, "the mailer", 40, None);
        few.ShouldContain("src/mail/Mailer.cs:");
        Encoding.UTF8.GetByteCount(few).ShouldBeLessThanOrEqualTo(120);
        (await search.MapAsync(tree, "the mailer", 0, None)).ShouldBe("");
    }

    [Fact]
    public async Task An_index_made_by_difference_answers_as_a_fresh_one()
    {
        var words = new[] { "cart", "coupon", "total", "mail", "render", "page", "discountRate", "\"a text\"", "// note" };
        var files =
            from paths in Gen.ArrayOf(Gen.Elements("src/cart/ShoppingCart.cs", "src/a.py", "b.ts", "c/d.go", "README.md", "x.cs"))
            from contents in Gen.ArrayOf(Gen.ArrayOf(Gen.Elements(words)), paths.Length)
            select paths.Zip(contents).DistinctBy(pair => pair.First).Select(pair => Put(pair.First, string.Join('\n', pair.Second))).ToArray();
        await FindAsync("cart");
        Prop.ForAll(Arb.From(files), changes => Same(changes)).Check(Config.QuickThrowOnFailure.WithMaxTest(30));
    }

    // FsCheck's properties are synchronous.
    bool Same(FileChange[] changes) => SameAsync(changes).GetAwaiter().GetResult();

    async Task<bool> SameAsync(FileChange[] changes)
    {
        const string query = "Coupon total of the cart: discountRate in a.py renders \"a text\"";
        var tree = repository.Tree(await repository.WriteTreeAsync(start, changes, None));
        using var fresh = new CodeSearch();
        var expected = await fresh.FindAsync(tree, query, 10, None);
        var actual = await search.FindAsync(tree, query, 10, None);
        actual.Select(hit => (hit.Path, hit.Score, hit.Reason, hit.Snippet)).ShouldBe(expected.Select(hit => (hit.Path, hit.Score, hit.Reason, hit.Snippet)));
        return true;
    }
}
