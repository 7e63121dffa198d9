namespace TaskBot.Tests.Demo;

/// <summary>What the demo left in its folder, read as a person would: the local forge's files.</summary>
sealed class DemoFolder(DirectoryInfo folder)
{
    string Shop => Path.Combine(folder.FullName, "forge", "acme", "shop");

    public string[] Pulls => Files("pulls");

    public string[] Comments => Files("comments");

    /// <summary>Exactly one pull request, ready for review, one tracking comment, no label left, and nothing half written.</summary>
    public void ShouldBeFinished()
    {
        var pull = File.ReadAllText(Pulls.ShouldHaveSingleItem());
        pull.ShouldContain("draft: false");
        pull.ShouldContain("Fixes #1");
        var comment = File.ReadAllText(Comments.ShouldHaveSingleItem());
        comment.ShouldContain("author: taskbot");
        comment.ShouldContain("### TaskBot: succeeded");
        File.ReadAllText(Path.Combine(Shop, "issues", "1.md")).ShouldNotContain("- taskbot\n");
        Directory.GetFiles(Path.Combine(folder.FullName, "forge"), "*.tmp", SearchOption.AllDirectories).ShouldBeEmpty();
    }

    string[] Files(string name) =>
        Directory.Exists(Path.Combine(Shop, name)) ? Directory.GetFiles(Path.Combine(Shop, name), "*.md", SearchOption.AllDirectories) : [];
}
