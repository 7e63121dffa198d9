namespace TaskBot.Tests.Commands;

/// <summary>What a step said to the runner.</summary>
static class JobOutput
{
    /// <summary>The last value of each output, read as the runner reads it.</summary>
    public static Dictionary<string, string> Read(string file)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        var lines = File.Exists(file) ? File.ReadAllLines(file) : [];
        for (var i = 0; i < lines.Length; i++)
        {
            var parts = lines[i].Split("<<", 2);
            var value = new List<string>();
            while (lines[++i] != parts[1]) value.Add(lines[i]);
            values[parts[0]] = string.Join('\n', value);
        }

        return values;
    }
}
