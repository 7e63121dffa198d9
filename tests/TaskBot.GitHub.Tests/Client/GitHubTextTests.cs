using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TaskBot.GitHub.Client;

namespace TaskBot.GitHub.Tests.Client;

public class GitHubTextTests
{
    [Fact]
    public void A_text_within_the_limit_stays_as_it_is()
    {
        GitHubText.Cut("abc", 3).ShouldBe("abc");
        GitHubText.CutBytes("äö", 4).ShouldBe("äö");
        GitHubText.Cut(null, 3).ShouldBeNull();
        GitHubText.Body("short").ShouldBe("short");
    }

    [Fact]
    public void A_longer_one_ends_in_the_ending()
    {
        GitHubText.Cut("abcdef", 4).ShouldBe("abc…");
        GitHubText.CutBytes("abcdef", 5).ShouldBe("ab…");
        GitHubText.Cut("ab\U0001F600cd", 4).ShouldBe("ab…");
        GitHubText.Cut("e\u0301e\u0301e\u0301", 4).ShouldBe("e\u0301…");
    }

    [Fact]
    public void Whatever_is_cut_is_within_the_limit_and_whole() => Prop.ForAll<NonNull<string>, PositiveInt>((some, size) =>
    {
        var text = some.Get + "😀é" + some.Get;
        var limit = 8 + (size.Get % 50);
        var cut = GitHubText.Cut(text, limit);
        var bytes = GitHubText.CutBytes(text, limit);
        var kept = cut.EndsWith('…') && cut != text ? cut[..^1] : cut;
        return cut.Length <= limit
            && Encoding.UTF8.GetByteCount(bytes) <= Math.Max(limit, 3)
            && text.StartsWith(kept, StringComparison.Ordinal)
            && !(kept.Length > 0 && kept.Length < text.Length && char.IsHighSurrogate(kept[^1]) && char.IsLowSurrogate(text[kept.Length]));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void An_endless_pile_of_accents_is_cut_all_the_same() =>
        GitHubText.Cut("e" + new string('\u0301', 5_000), 1_000).Length.ShouldBe(1_000);
}
