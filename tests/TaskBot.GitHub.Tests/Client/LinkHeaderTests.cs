using TaskBot.GitHub.Client;

namespace TaskBot.GitHub.Tests.Client;

public class LinkHeaderTests
{
    [Theory]
    [InlineData("<https://a/x?page=2>; rel=\"next\", <https://a/x?page=9>; rel=\"last\"", "https://a/x?page=2")]
    [InlineData("<https://a/x?page=1>; rel=\"prev\", <https://a/x?page=3>; rel=\"next\"", "https://a/x?page=3")]
    [InlineData("<https://a/x?labels=a,b;c>; rel=\"next\"", "https://a/x?labels=a,b;c")]
    [InlineData("<https://a/x?cursor=v1_1>;title=\"t\"; rel=next", "https://a/x?cursor=v1_1")]
    [InlineData("<https://a/x?page=9>; rel=\"last\"", null)]
    [InlineData("<https://a/next", null)]
    [InlineData("", null)]
    public void The_next_page_is_found(string header, string? next) => LinkHeader.Next([header]).ShouldBe(next);
}
