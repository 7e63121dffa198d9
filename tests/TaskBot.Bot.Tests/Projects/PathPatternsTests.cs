using TaskBot.Bot.Projects;

namespace TaskBot.Bot.Tests.Projects;

public sealed class PathPatternsTests
{
    [Theory]
    [InlineData("*.cs", "src/A.cs", true)]
    [InlineData("*.cs", "src/A.csx", false)]
    [InlineData("CODEOWNERS", ".github/CODEOWNERS", true)]
    [InlineData("CODEOWNERS", "CODEOWNERS.md", false)]
    [InlineData("/CODEOWNERS", ".github/CODEOWNERS", false)]
    [InlineData("src/*.cs", "src/deep/A.cs", false)]
    [InlineData("src/**", "src/deep/A.cs", true)]
    [InlineData("**/tests/**", "tests/A.cs", true)]
    [InlineData("**/tests/**", "a/b/tests/c/A.cs", true)]
    [InlineData("src/**/A.cs", "src/A.cs", true)]
    [InlineData("docs", "docs/a/b.md", true)]
    [InlineData("docs/", "docs/a.md", true)]
    [InlineData("docs/", "a/docs/b.md", true)]
    [InlineData("docs/", "docs", false)]
    [InlineData("?.md", "a.md", true)]
    [InlineData("?.md", "ab.md", false)]
    [InlineData("a+b(c)[d].md", "a+b(c)[d].md", true)]
    [InlineData("**", "any/thing at all", true)]
    [InlineData(".github/workflows/**", ".github/workflows/line\nbreak.yml", true)]
    [InlineData(".github/workflows/**", "x/.github/workflows/a.yml", false)]
    public void A_pattern_reads_as_in_gitignore(string pattern, string path, bool matches) =>
        new PathPatterns([pattern]).IsMatch(path).ShouldBe(matches);

    [Fact]
    public void An_exclamation_mark_takes_out_what_an_earlier_pattern_let_in()
    {
        var patterns = new PathPatterns(["src/**", "!src/generated/**"]);

        patterns.IsMatch("src/a.cs").ShouldBeTrue();
        patterns.IsMatch("src/generated/a.cs").ShouldBeFalse();
    }

    [Fact]
    public void What_is_protected_is_protected_in_any_case() =>
        new PathPatterns(Project.DefaultProtected, ignoreCase: true).Which(".GitHub/Workflows/ci.yml").ShouldBe(".github/workflows/**");

    [Fact]
    public void A_pattern_made_to_backtrack_costs_no_time() =>
        new PathPatterns([string.Concat(Enumerable.Repeat("*a", 60)) + "b"]).IsMatch(new string('a', 5000)).ShouldBeFalse();
}
