using System.Runtime.CompilerServices;

namespace TaskBot.Bot.Tests.Reports;

/// <summary>What people read, compared exactly with a text file that people can read too.</summary>
static class Snapshot
{
    /// <summary>Fails with both texts, and with the file to write where the new one is right.</summary>
    public static void ShouldMatchSnapshot(this string actual, string name, [CallerFilePath] string test = "")
    {
        var beside = Path.Combine(AppContext.BaseDirectory, "Reports", "Snapshots", name);
        var file = Path.Combine(Path.GetDirectoryName(test)!, "Snapshots", name);
        var expected = File.Exists(beside) ? File.ReadAllText(beside) : "";
        if (expected == actual) return;
        var written = Path.Combine(Path.GetTempPath(), $"taskbot-{name}");
        File.WriteAllText(written, actual);
        var (was, now) = (expected.Split('\n'), actual.Split('\n'));
        var at = was.Zip(now).TakeWhile(pair => pair.First == pair.Second).Count();
        Assert.Fail(
            $"{name} differs from line {at + 1} on.\n- {was.ElementAtOrDefault(at)}\n+ {now.ElementAtOrDefault(at)}\n\nThe whole new text:\n{actual}\nWhere it is right: cp '{written}' '{file}'");
    }
}
