using System.Text.Json;

namespace TaskBot.Testing.Contract;

/// <summary>The validating proxy before a GitHub of the caller's own, such as a Kestrel fake.</summary>
public sealed class ContractProxy : IAsyncDisposable
{
    readonly NodeProcess _process;

    ContractProxy(NodeProcess process)
    {
        _process = process;
        using var told = JsonDocument.Parse(process.FirstLine);
        Url = new Uri(told.RootElement.GetProperty("url").GetString()!);
    }

    /// <summary>Where clients connect.</summary>
    public Uri Url { get; }

    /// <param name="checkResponses">Whether the upstream's answers are held to the description too.</param>
    public static async Task<ContractProxy> StartAsync(Uri upstream, bool checkResponses, CancellationToken cancellationToken)
    {
        string[] arguments = ["contract-proxy.mjs", "--port", "0", "--until-eof", "--upstream", upstream.AbsoluteUri];
        return new ContractProxy(await NodeProcess.StartAsync(checkResponses ? [.. arguments, "--check-responses"] : arguments, cancellationToken));
    }

    /// <summary>What it saw so far.</summary>
    public Task<ContractReport> ReportAsync(CancellationToken cancellationToken) => ContractReport.ReadAsync(Url, cancellationToken);

    public ValueTask DisposeAsync() => _process.DisposeAsync();
}
