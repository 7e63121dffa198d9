using System.Text.Json;
using TaskBot.Testing.Contract;

namespace TaskBot.GitHub.Tests.Client;

/// <summary>GitHub's own response examples of the endpoints in <c>tests/contract/needed-endpoints.txt</c>, taken out once per test process.</summary>
static class ResponseExamples
{
    static readonly Lazy<Task<IReadOnlyList<ResponseExample>>> Examples = new(ExtractAsync);

    public static Task<IReadOnlyList<ResponseExample>> ReadAsync() => Examples.Value;

    static async Task<IReadOnlyList<ResponseExample>> ExtractAsync()
    {
        var file = Path.GetTempFileName();
        try
        {
            await NodeKit.RunScriptAsync(["extract-response-examples.mjs", file], CancellationToken.None);
            return
            [
                .. from line in await File.ReadAllLinesAsync(file)
                   where line.Length > 0
                   let example = JsonSerializer.Deserialize<JsonElement>(line)
                   select new ResponseExample(
                       example.GetProperty("op").GetString()!,
                       example.GetProperty("method").GetString()!,
                       example.GetProperty("path").GetString()!,
                       example.GetProperty("status").GetInt32(),
                       example.GetProperty("name").GetString()!,
                       example.GetProperty("example"))
            ];
        }
        finally
        {
            File.Delete(file);
        }
    }
}

/// <summary>One example.</summary>
/// <param name="Path">A template, <c>/repos/{owner}/{repo}</c>.</param>
sealed record ResponseExample(string Operation, string Method, string Path, int Status, string Name, JsonElement Body);
