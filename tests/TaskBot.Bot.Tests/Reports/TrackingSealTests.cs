using TaskBot.Bot.Reports;

namespace TaskBot.Bot.Tests.Reports;

/// <summary>A run's digest stands in its tracking comment where nobody else can have put it.</summary>
public sealed class TrackingSealTests
{
    static readonly string Digest = new('a', 64);
    static readonly string Other = new('b', 64);
    static readonly string At = $"<!-- taskbot:at 12 {new string('c', 40)} taskbot/issue-7-wrong -->\n";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void It_stands_below_what_the_comment_hides_already_and_takes_the_place_of_the_one_before(bool isPublished)
    {
        var comment = $"{TrackingComment.Marker}\n{(isPublished ? At : "")}### TaskBot: succeeded\n";

        var put = TrackingSeal.Put(TrackingSeal.Put(comment, Other), Digest);

        put.ShouldBe($"{TrackingComment.Marker}\n{(isPublished ? At : "")}<!-- taskbot:run {Digest} -->\n### TaskBot: succeeded\n");
        TrackingSeal.Read(put).ShouldBe(Digest);
        TrackingSeal.Read(put.ReplaceLineEndings("\r\n")).ShouldBe(Digest);
        TrackingState.Read(put)?.PullRequest.ShouldBe(12);
        TrackingState.Read(put).ShouldBe(TrackingState.Read(comment));
    }

    [Fact]
    public void Anywhere_else_it_is_someones_text()
    {
        TrackingSeal.Read($"{TrackingComment.Marker}\n### TaskBot\n<!-- taskbot:run {Digest} -->\n").ShouldBeNull();
        TrackingSeal.Read($"> {TrackingComment.Marker}\n<!-- taskbot:run {Digest} -->\n").ShouldBeNull();
        TrackingSeal.Read($"{TrackingComment.Marker}\n<!-- taskbot:run {Digest[1..]} -->\n").ShouldBeNull();
        TrackingSeal.Put("Not ours.", Digest).ShouldBe("Not ours.");
    }
}
