using System.Text.Json;
using System.Text.Json.Serialization;

namespace TaskBot.Testing.Contract;

/// <summary>What the validating proxy saw.</summary>
/// <param name="Rejected">Requests that GitHub's description does not allow; each is in <paramref name="Violations"/>.</param>
/// <param name="Operations">How often each operation of the description was used, by its id such as <c>issues/create-comment</c>.</param>
/// <param name="ResponseProblems">Where the upstream's answers differ from the description, if that is checked.</param>
public sealed record ContractReport(
    int Requests,
    int Rejected,
    IReadOnlyDictionary<string, int> Operations,
    IReadOnlyList<ContractViolation> Violations,
    IReadOnlyDictionary<string, IReadOnlyList<string>> ResponseProblems)
{
    internal static async Task<ContractReport> ReadAsync(Uri proxy, CancellationToken cancellationToken)
    {
        using var http = new HttpClient();
        await using var body = await http.GetStreamAsync(new Uri(proxy, "/__contract/report"), cancellationToken);
        return (await JsonSerializer.DeserializeAsync(body, ContractJson.Default.ContractReport, cancellationToken))!;
    }
}

/// <summary>A request that was refused and why.</summary>
public sealed record ContractViolation(string Request, string? Op, IReadOnlyList<string> Errors)
{
    public override string ToString() => $"{Request} ({Op}): {string.Join("; ", Errors)}";
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(ContractReport))]
sealed partial class ContractJson : JsonSerializerContext;
