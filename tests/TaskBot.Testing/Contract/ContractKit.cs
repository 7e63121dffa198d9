using System.Text.Json;
using Xunit;

namespace TaskBot.Testing.Contract;

/// <summary>
/// A GitHub that nobody here wrote: the npm package <c>emulate</c> with <c>acme/demo</c> (a README on <c>main</c>), an App and its
/// installation, behind the validating proxy. Use it as a class fixture, or start one with options.
/// </summary>
public sealed class ContractKit : IAsyncLifetime, IAsyncDisposable
{
    readonly ContractKitOptions _options;
    readonly string _state = Directory.CreateTempSubdirectory("taskbot-contract-").FullName;
    NodeProcess? _process;

    public ContractKit()
        : this(new ContractKitOptions())
    {
    }

    ContractKit(ContractKitOptions options) => _options = options;

    /// <summary>The proxy: REST at its root, GraphQL at <c>/graphql</c> (which the emulator does not know).</summary>
    public Uri Url { get; private set; } = new("http://127.0.0.1");

    /// <summary>The seeded repository.</summary>
    public string Repository => "acme/demo";

    /// <summary>The App's numeric id.</summary>
    public string AppId { get; private set; } = "";

    /// <summary>The App's private key in PEM.</summary>
    public string PrivateKey { get; private set; } = "";

    /// <summary>The App's installation on <c>acme</c>.</summary>
    public long InstallationId { get; private set; }

    /// <summary>A token of the installation.</summary>
    public string InstallationToken { get; private set; } = "";

    /// <summary>A token of octocat, an administrator: for what people do.</summary>
    public string UserToken { get; private set; } = "";

    /// <summary>A token of mallory, who may only read.</summary>
    public string OutsiderToken { get; private set; } = "";

    /// <summary>What webhooks are signed with, when <see cref="ContractKitOptions.WebhookUrl"/> is given.</summary>
    public string WebhookSecret => _options.WebhookSecret;

    /// <summary>Starts a kit of one's own.</summary>
    public static async Task<ContractKit> StartAsync(ContractKitOptions options, CancellationToken cancellationToken)
    {
        var kit = new ContractKit(options);
        await kit.StartAsync(cancellationToken);
        return kit;
    }

    /// <summary>What the proxy saw so far.</summary>
    public Task<ContractReport> ReportAsync(CancellationToken cancellationToken) => ContractReport.ReadAsync(Url, cancellationToken);

    /// <summary>Fails with every rejected request, if there was one.</summary>
    public async Task NothingWasRejectedAsync(CancellationToken cancellationToken)
    {
        var report = await ReportAsync(cancellationToken);
        Assert.True(report.Rejected == 0, "GitHub's description does not allow:\n" + string.Join('\n', report.Violations));
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        Directory.Delete(_state, recursive: true);
    }

    Task IAsyncLifetime.InitializeAsync() => StartAsync(CancellationToken.None);

    Task IAsyncLifetime.DisposeAsync() => DisposeAsync().AsTask();

    async Task StartAsync(CancellationToken cancellationToken)
    {
        List<string> arguments = ["kit.mjs", "--state", _state, "--secret", _options.WebhookSecret];
        if (_options.WebhookUrl is { } hook) arguments.AddRange(["--hook", hook.AbsoluteUri]);
        if (_options.CheckResponses) arguments.Add("--check-responses");
        _process = await NodeProcess.StartAsync(arguments, cancellationToken);
        using var told = JsonDocument.Parse(_process.FirstLine);
        string Text(string name) => told.RootElement.GetProperty(name).GetString()!;
        Url = new Uri(Text("url"));
        AppId = Text("app_id");
        InstallationId = told.RootElement.GetProperty("installation_id").GetInt64();
        InstallationToken = Text("token");
        UserToken = Text("user_token");
        OutsiderToken = Text("outsider_token");
        PrivateKey = await File.ReadAllTextAsync(Text("private_key"), cancellationToken);
    }
}

/// <summary>How a kit is started.</summary>
/// <param name="WebhookUrl">Where the App's signed deliveries go; null sends none.</param>
/// <param name="CheckResponses">Whether the emulator's answers are held to GitHub's description too (it has gaps).</param>
public sealed record ContractKitOptions(Uri? WebhookUrl = null, string WebhookSecret = "s3cret", bool CheckResponses = false);
