using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using TaskBot.Serving;
using TaskBot.Setup;
using TaskBot.Testing.Contract;
using TaskBot.Testing.GitHub;
using TaskBot.Testing.Processes;

namespace TaskBot.Tests.Serving;

/// <summary>The manifest flow: from the page to the file that the server reads, through the proxy that knows what GitHub takes and gives.</summary>
public sealed partial class SetupTests : IAsyncLifetime
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("taskbot-setup-");
    readonly HttpClient http = new();
    SimulatedGitHubServer api = null!;
    ContractProxy proxy = null!;
    WebApplication server = null!;

    string FilePath => Path.Combine(folder.FullName, "kept", "app.json");

    Uri At(string path) => new(TaskBotServer.AddressOf(server), path);

    public async Task InitializeAsync()
    {
        api = await SimulatedGitHubServer.StartAsync(new SimulatedGitHub(TimeProvider.System, await ExampleBodies.PublishedAsync()));
        proxy = await ContractProxy.StartAsync(api.Url, checkResponses: true, CancellationToken.None);
        server = SetupServer.Build(
            "http://127.0.0.1:0", new Dictionary<string, string?> { ["GitHub:ApiUrl"] = proxy.Url.AbsoluteUri, ["GitHub:ServerUrl"] = "https://github.test" },
            new SetupServer.Wish("my-taskbot", Organization: null, new Uri("https://taskbot.example.com/webhooks/github"), FilePath));
        await server.StartAsync();
    }

    public async Task DisposeAsync()
    {
        http.Dispose();
        await server.StopAsync();
        await server.DisposeAsync();
        await proxy.DisposeAsync();
        await api.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task The_page_sends_GitHub_a_manifest_and_the_code_that_comes_back_becomes_a_file_that_the_server_reads()
    {
        var page = await http.GetStringAsync(At("/setup"));
        var form = WebUtility.HtmlDecode(Form().Match(page).Groups[1].Value);
        form.ShouldStartWith("https://github.test/settings/apps/new?state=");
        var manifest = JsonNode.Parse(WebUtility.HtmlDecode(Manifest().Match(page).Groups[1].Value))!;
        ((string)manifest["hook_attributes"]!["url"]!).ShouldBe("https://taskbot.example.com/webhooks/github");
        ((string)manifest["redirect_url"]!).ShouldBe(At("/setup/done").AbsoluteUri);
        ((string)manifest["default_permissions"]!["contents"]!).ShouldBe("write");
        manifest["default_permissions"]!["workflows"].ShouldBeNull();
        manifest["default_events"]!.AsArray().Select(name => (string)name!).ShouldContain("check_suite");

        var done = await http.GetStringAsync(At($"/setup/done?code=a-code&state={form.Split("state=")[1]}"));

        done.ShouldContain("Label an issue");
        done.ShouldContain("/installations/new");
        done.ShouldNotContain("PRIVATE KEY");
        var kept = JsonNode.Parse(await File.ReadAllTextAsync(FilePath))!["GitHub"]!;
        ((string)kept["WebhookSecret"]!).ShouldBe("made-by-github");
        ((string)kept["PrivateKey"]!).ShouldContain("PRIVATE KEY");
        if (!OperatingSystem.IsWindows()) File.GetUnixFileMode(FilePath).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var doctor = await TaskBotProcess.RunAsync(["doctor"], new Dictionary<string, string> { ["TASKBOT_AppFile"] = FilePath });
        doctor.Output.ShouldContain("App Iv1.of-the-test");
        (await http.GetAsync(At($"/setup/done?code=a-code&state={form.Split("state=")[1]}"))).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        var report = await proxy.ReportAsync(CancellationToken.None);
        report.Violations.ShouldBeEmpty();
        report.ResponseProblems.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("?code=a-code")]
    [InlineData("?code=a-code&state=")]
    [InlineData("?code=a-code&state=0123456789abcdef0123456789abcdef")]
    public async Task An_answer_to_another_setup_is_refused(string query)
    {
        (await http.GetAsync(At($"/setup/done{query}"))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        File.Exists(FilePath).ShouldBeFalse();
    }

    [GeneratedRegex("<form action=\"([^\"]+)\"")]
    private static partial Regex Form();

    [GeneratedRegex("name=\"manifest\" value=\"([^\"]+)\"")]
    private static partial Regex Manifest();
}
