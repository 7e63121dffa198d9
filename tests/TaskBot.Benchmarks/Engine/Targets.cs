namespace TaskBot.Benchmarks.Engine;

/// <summary>Figures beside what they should be, told at the end.</summary>
sealed class Targets(TextWriter output)
{
    readonly List<string> lines = [];

    public void AtMost(string what, double figure, double target) => lines.Add($"{Word(figure <= target)} {what}: {figure:N2}, at most {target:N2} wanted");

    public void AtLeast(string what, double figure, double target) => lines.Add($"{Word(figure >= target)} {what}: {figure:N0}, at least {target:N0} wanted");

    public async Task TellAsync()
    {
        foreach (var line in lines) await output.WriteLineAsync(line);
    }

    static string Word(bool isMet) => isMet ? "met   " : "MISSED";
}
