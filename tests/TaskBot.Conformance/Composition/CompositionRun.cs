using System.Text.Json;
using TaskBot.Graphs.Layers;

namespace TaskBot.Conformance.Composition;

/// <summary>Every case of a folder, one line each, and the count as the last line.</summary>
static class CompositionRun
{
    /// <summary>Returns 0 where all passed, 1 where any failed, 2 where there is nothing to run.</summary>
    public static int Run(DirectoryInfo directory, bool asJson, TextWriter output)
    {
        var passed = 0;
        var failed = 0;
        foreach (var (name, difference) in Cases(directory.FullName))
        {
            if (difference is null) passed++;
            else failed++;
            if (asJson)
            {
                var line = new Dictionary<string, string?>(StringComparer.Ordinal) { ["case"] = name, ["outcome"] = difference is null ? "passed" : "failed", ["difference"] = difference };
                output.WriteLine(JsonSerializer.Serialize(line));
            }
            else
            {
                output.WriteLine(difference is null ? $"pass {name}" : $"FAIL {name}: {difference}");
            }
        }

        output.WriteLine(asJson ? $"{{\"passed\":{passed},\"failed\":{failed}}}" : $"{passed} passed, {failed} failed");
        return failed > 0 ? 1 : passed > 0 ? 0 : 2;
    }

    static IEnumerable<(string Name, string? Difference)> Cases(string directory)
    {
        foreach (var folder in new[] { "cases", "scenes" })
        {
            var path = Path.Combine(directory, folder);
            if (!Directory.Exists(path)) continue;
            foreach (var file in Directory.EnumerateFiles(path, "*.json").Order(StringComparer.Ordinal))
            {
                using var document = JsonDocument.Parse(File.ReadAllText(file));
                yield return ($"{folder}/{Path.GetFileNameWithoutExtension(file)}", Difference(document.RootElement));
            }
        }

        foreach (var json in Entries(Path.Combine(directory, "micro.json"))) yield return ($"micro/{json.GetProperty("case").GetString()}", Difference(json));

        var number = 0;
        foreach (var json in Entries(Path.Combine(directory, "listops.json"))) yield return ($"listops/{number++}", ListOpDifference(json));
    }

    static IEnumerable<JsonElement> Entries(string path)
    {
        if (!File.Exists(path)) yield break;
        using var document = JsonDocument.Parse(File.ReadAllText(path));
        foreach (var entry in document.RootElement.EnumerateArray()) yield return entry;
    }

    // A case that cannot even be read is a failed case, not the end of the run.
    static string? Difference(JsonElement json)
    {
        try
        {
            return CompositionJudge.Judge(json).First;
        }
        catch (Exception exception) when (exception is InvalidDataException or KeyNotFoundException or InvalidOperationException)
        {
            return exception.ToString();
        }
    }

    static string? ListOpDifference(JsonElement json)
    {
        var differences = new Differences();
        var result = ListOp.Combine(json.GetProperty("strongToWeak").EnumerateArray().Select(op => CaseLayers.Op(op, item => item.GetString()!)).ToList());
        differences.Compare("list", Differences.Texts(json.GetProperty("result")), result);
        return differences.First;
    }
}
