using System.Text.Json.Nodes;
using TaskBot.Testing.Contract;

namespace TaskBot.Tests.Contract;

/// <summary>Payloads beside GitHub's own schemas of them.</summary>
static class Webhooks
{
    /// <summary>Fails with every payload that one of the two published schemas does not allow.</summary>
    public static async Task ShouldBeGitHubsAsync(IEnumerable<(string Name, byte[] Payload)> payloads)
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllLinesAsync(file, payloads.Select(payload => new JsonObject { ["event"] = payload.Name, ["payload"] = JsonNode.Parse(payload.Payload) }.ToJsonString()));
            (await NodeKit.RunScriptAsync(["validate-webhook.mjs", "--file", file], CancellationToken.None)).ShouldBeEmpty();
        }
        finally
        {
            File.Delete(file);
        }
    }
}
