using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TaskBot.Workspaces.Files;
using TaskBot.Workspaces.Search;
using TaskBot.Workspaces.Search.Languages;
using TaskBot.Workspaces.Tests.Edits;
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

    Task<IReadOnlyList<SearchHit>> FindAsync(string query, int limit = 3) => FindAsync(start, query, limit);

    Task<IReadOnlyList<SearchHit>> FindAsync(TreeId tree, string query, int limit = 5) =>
        search.FindAsync(new CodeQuestion(repository.Tree(tree), query) { Limit = limit }, None);

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
        hit.Reasons[0].ShouldBe("mentioned as ShoppingCart.cs, line 6");
        hit.Reasons.ShouldContain("declares ComputeTotal");
        hit.Lines.ShouldContain(range => range.From <= 6 && range.To >= 6);
        hit.Symbols.ShouldContain(new SourceSymbol("ComputeTotal", "method", 6, 6));
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
        (await FindAsync(await repository.EmptyTreeAsync(None), "cart")).ShouldBeEmpty();
    }

    [Fact]
    public async Task Binary_large_and_linked_files_are_known_by_their_path_only()
    {
        var tree = await repository.WriteTreeAsync(
            start,
            [
                new FileChange("assets/logo.png", new FileEntry(FileKind.Regular, "\0secretword"u8.ToArray())),
                Put("data/huge.json", new string('x', 600_000) + " secretword"),
                Put("data/one-line.js", new string('y', 10_000_000) + " secretword"),
                Put("data/minified.js", string.Concat(Enumerable.Repeat("function secretword(){};", 1000))),
                Put("node_modules/other/index.js", "function secretword() {}\n"),
                Put("link", "secretword", FileKind.SymbolicLink),
            ], None);
        (await FindAsync(tree, "secretword")).ShouldBeEmpty();
        (await FindAsync(tree, "the logo")).Single().Path.ShouldBe("assets/logo.png");
    }

    [Fact]
    public async Task A_map_keeps_its_budget_and_its_order()
    {
        var question = new CodeQuestion(repository.Tree(start), "the mailer");
        var all = await search.MapAsync(question, 10_000, None);
        all.Split('\n').Where(line => line.EndsWith(':')).ShouldBe(
            ["src/cart/Coupon.cs:", "src/cart/ShoppingCart.cs:", "src/mail/Mailer.cs:", "src/web/index.ts:", "tests/MailerTests.cs:", "tests/ShoppingCartTests.cs:"]);
        all.ShouldContain("src/cart/ShoppingCart.cs:\n  3: public sealed class ShoppingCart\n    6: public decimal ComputeTotal(decimal discount) => 0;\n");
        (await search.MapAsync(question, 40, None)).ShouldContain("src/mail/Mailer.cs:");
        for (var tokens = 0; tokens < 150; tokens++)
        {
            var some = await search.MapAsync(question, tokens, None);
            Encoding.UTF8.GetByteCount(some).ShouldBeLessThanOrEqualTo(3 * tokens);
            some.Split('\n').Except(all.Split('\n')).ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task Text_that_is_not_UTF8_is_searched()
    {
        var tree = await repository.WriteTreeAsync(
            start,
            [
                new FileChange("src/latin.py", new FileEntry(FileKind.Regular, (byte[])[.. "# caf"u8, 0xE9, .. "\ndef xylophone():\n    pass\n"u8])),
                new FileChange("src/wide.ps1", new FileEntry(FileKind.Regular, (byte[])[0xFF, 0xFE, .. Encoding.Unicode.GetBytes("function Get-Zither { }\n")])),
            ], None);
        (await FindAsync(tree, "xylophone")).Single().Symbols.Single().ShouldBe(new SourceSymbol("xylophone", "function", 2, 3));
        (await FindAsync(tree, "zither")).Single().Path.ShouldBe("src/wide.ps1");
    }

    [Fact]
    public async Task What_a_file_imports_and_what_tests_it_comes_after_it()
    {
        var tree = await TreeAsync(
            ("src/checkout.py", "from billing import charge_card\n\ndef checkout(cart):\n    return charge_card(cart)\n"),
            ("src/billing.py", "def charge_card(card):\n    return card\n"),
            ("src/weather.py", "def forecast():\n    return 1\n"),
            ("tests/test_checkout.py", "def test_it():\n    pass\n"));
        var hits = await FindAsync(tree, "`checkout` is broken");
        hits[0].Path.ShouldBe("src/checkout.py");
        hits.Select(hit => hit.Path).ShouldNotContain("src/weather.py");
        hits.Single(hit => hit.Path == "src/billing.py").Reasons.ShouldContain("is used by src/checkout.py");
        hits.Single(hit => hit.Path == "tests/test_checkout.py").Reasons.ShouldContain("tests src/checkout.py");
    }

    [Fact]
    public async Task Words_that_stand_together_say_more_than_the_same_words_far_apart()
    {
        var filler = string.Concat(Enumerable.Repeat("pass\n", 60));
        var tree = await TreeAsync(
            ("src/a.py", $"refund = 1\n{filler}voucher = 1\n{filler}"),
            ("src/b.py", $"{filler}refund = 1\nvoucher = 1\n{filler}"),
            ("src/c.py", "other = 1\n"));
        var hits = await FindAsync(tree, "voucher and refund");
        hits.Select(hit => hit.Path).ShouldBe(["src/b.py", "src/a.py"]);
        hits[0].Reasons.ShouldContain("has the question's words together");
    }

    [Fact]
    public async Task The_past_tells_which_files_go_with_words_and_with_each_other()
    {
        var who = new CommitSignature("Test", "test@example.invalid", DateTimeOffset.UnixEpoch);
        var head = await repository.CommitAsync(new CommitDraft(start, [], who, who, "Begin the shop"), None);
        var tree = start;
        foreach (var round in new[] { 1, 2, 3 })
        {
            tree = await repository.WriteTreeAsync(tree, [Put("src/mail/Mailer.cs", $"class Mailer; // {round}\n"), Put("src/web/index.ts", $"export const x = {round};\n")], None);
            head = await repository.CommitAsync(new CommitDraft(tree, [head], who, who, $"Newsletter of week {round}"), None);
            await search.FindAsync(new CodeQuestion(repository.Tree(tree), "any") { History = head }, None);
        }
        var asked = new CodeQuestion(repository.Tree(tree), "The newsletter comes twice");
        (await search.FindAsync(asked, None)).ShouldBeEmpty();
        var hits = await search.FindAsync(asked with { History = head }, None);
        hits.Select(hit => hit.Path).Take(3).ShouldBe(["src/mail/Mailer.cs", "src/web/index.ts", "tests/MailerTests.cs"]);
        hits[0].Reasons.ShouldContain("changed before for words like these");
        var together = await search.FindAsync(asked with { Text = "`Mailer` fails", History = head }, None);
        together.Single(hit => hit.Path == "src/web/index.ts").Reasons.ShouldContain("changes together with src/mail/Mailer.cs");
        (await search.FindAsync(asked with { History = new CommitId(new string('0', 40)) }, None)).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_embedder_ranks_the_best_files_again()
    {
        var question = new CodeQuestion(repository.Tree(start), "the cart");
        (await search.FindAsync(question, None))[0].Path.ShouldBe("src/cart/ShoppingCart.cs");
        var asked = question with { Text = "the cart, coupon" };
        var plain = (await search.FindAsync(asked, None)).Single(hit => hit.Path == "src/cart/Coupon.cs");
        var again = (await search.FindAsync(asked with { Embedder = new WordEmbedder("coupon") }, None)).Single(hit => hit.Path == "src/cart/Coupon.cs");
        again.Score.ShouldBe(2 * plain.Score, tolerance: 0.001);
    }

    [Fact]
    public async Task An_index_is_taken_from_the_store_and_brought_up_to_date_there()
    {
        var store = new MemorySearchStore();
        using (var first = new CodeSearch(store)) await first.FindAsync(new CodeQuestion(repository.Tree(start), "cart"), None);
        var written = store.Segments.Count;
        var changed = await repository.WriteTreeAsync(start, [Put("src/new.py", "def trombone():\n    pass\n")], None);

        using var second = new CodeSearch(store);
        (await second.FindAsync(new CodeQuestion(repository.Tree(changed), "trombone"), None)).Single().Path.ShouldBe("src/new.py");
        (await second.FindAsync(new CodeQuestion(repository.Tree(start), "ComputeTotal"), None))[0].Path.ShouldBe("src/cart/ShoppingCart.cs");
        store.Segments.Count.ShouldBe(written + 1);

        store.Segments.Clear();
        using var third = new CodeSearch(store);
        (await third.FindAsync(new CodeQuestion(repository.Tree(changed), "trombone"), None)).Single().Path.ShouldBe("src/new.py");
    }

    [Fact]
    public async Task A_history_is_taken_from_the_store_and_continued_there()
    {
        var who = new CommitSignature("Test", "test@example.invalid", DateTimeOffset.UnixEpoch);
        var first = await repository.CommitAsync(new CommitDraft(start, [], who, who, "Begin the shop"), None);
        var tree = await repository.WriteTreeAsync(start, [Put("src/web/index.ts", "export const x = 1;\n")], None);
        var head = await repository.CommitAsync(new CommitDraft(tree, [first], who, who, "Newsletter of the week"), None);
        var store = new MemorySearchStore();
        var asked = new CodeQuestion(repository.Tree(tree), "Newsletter") { History = head };
        using (var one = new CodeSearch(store)) (await one.FindAsync(asked, None))[0].Path.ShouldBe("src/web/index.ts");

        // What stands in the store is believed for its commit, so the answer shows that it was used.
        var (name, kept) = store.Histories.Single();
        store.Histories[name] = kept with { Changes = [kept.Changes[0] with { Files = ["src/mail/Mailer.cs"] }] };
        using (var other = new CodeSearch(store)) (await other.FindAsync(asked, None))[0].Path.ShouldBe("src/mail/Mailer.cs");

        tree = await repository.WriteTreeAsync(tree, [Put("src/web/index.ts", "export const x = 2;\n")], None);
        var next = await repository.CommitAsync(new CommitDraft(tree, [head], who, who, "Another"), None);
        using (var later = new CodeSearch(store)) (await later.FindAsync(asked with { History = next }, None))[0].Path.ShouldBe("src/mail/Mailer.cs");
        store.Histories[name].Changes.Count.ShouldBe(2);

        store.Histories[name] = store.Histories[name] with { Format = 0 };
        using (var last = new CodeSearch(store)) (await last.FindAsync(asked with { History = next }, None))[0].Path.ShouldBe("src/web/index.ts");
    }

    [Fact]
    public async Task Many_files_of_every_size_are_read_at_once()
    {
        var files = Enumerable.Range(0, 600).Select(i => Put($"many/f{i}.txt", i % 50 == 0 ? new string('x', 600_000) : $"word{i}word\n")).ToArray();
        var tree = await repository.WriteTreeAsync(start, files, None);
        foreach (var i in new[] { 1, 127, 128, 129, 255, 257, 599 })
            (await search.FindAsync(new CodeQuestion(repository.Tree(tree), $"word{i}word"), None))[0].Path.ShouldBe($"many/f{i}.txt");
    }

    [Fact]
    public async Task Any_tree_of_files_is_searched()
    {
        var files = new MemoryTree(("src/a.go", "func Whistle() {}\n"), ("b.txt", "drums\n"));
        (await search.FindAsync(new CodeQuestion(files, "whistle"), None)).Single().Path.ShouldBe("src/a.go");
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
        var expected = await fresh.FindAsync(new CodeQuestion(tree, query), None);
        var actual = await search.FindAsync(new CodeQuestion(tree, query), None);
        actual.Select(Text).ShouldBe(expected.Select(Text));
        start = tree.Id;
        return true;

        static string Text(SearchHit hit) => $"{hit.Path} {hit.Score} {string.Join(';', hit.Reasons)} {string.Join(';', hit.Symbols)} {string.Join(';', hit.Lines)}";
    }
}
