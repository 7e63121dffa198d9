using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace TaskBot.Workspaces.Tests.Trees;

/// <summary>
/// A real git server on loopback: <c>git http-backend</c> behind Kestrel, with a password. It counts, and looks at every process's command
/// line while it answers, so that a test can say that the password was never there.
/// </summary>
public sealed class GitServer : IAsyncDisposable
{
    public const string User = "x-access-token";
    public const string Password = "s3cr3t-t0ken-of-the-test";

    readonly WebApplication application;
    readonly string root;
    int fetches;

    GitServer(WebApplication application, string root)
    {
        this.application = application;
        this.root = root;
    }

    /// <summary>How often objects were asked for; listing refs does not count.</summary>
    public int Fetches => fetches;

    public bool PasswordWasOnACommandLine { get; private set; }

    /// <summary>Completed to let answers through; a new one holds them back.</summary>
    public TaskCompletionSource Gate { get; set; } = Opened();

    public TaskCompletionSource Reached { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string Address(string name) => $"{application.Urls.First()}/{name}";

    /// <param name="root">The folder above the repositories, each of which allows filters.</param>
    public static async Task<GitServer> StartAsync(string root)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var built = builder.Build();
        var server = new GitServer(built, root);
        built.Run(server.AnswerAsync);
        await built.StartAsync();
        return server;
    }

    public static TaskCompletionSource Opened()
    {
        var source = new TaskCompletionSource();
        source.SetResult();
        return source;
    }

    async Task AnswerAsync(HttpContext context)
    {
        var expected = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}"));
        if (context.Request.Headers.Authorization != expected)
        {
            context.Response.StatusCode = 401;
            context.Response.Headers.WWWAuthenticate = "Basic realm=test";
            return;
        }
        PasswordWasOnACommandLine |= Directory.EnumerateDirectories("/proc").Any(HasPassword);
        Reached.TrySetResult();
        await Gate.Task;
        var start = new ProcessStartInfo("git", ["http-backend"]) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var (name, value) in Variables(context.Request))
            start.Environment[name] = value;
        using var backend = Process.Start(start)!;
        if (context.Request.Path.Value!.EndsWith("/git-upload-pack", StringComparison.Ordinal))
        {
            var body = new MemoryStream();
            // Git packs a long question.
            await using var question = context.Request.Headers.ContentEncoding == "gzip" ? new GZipStream(context.Request.Body, CompressionMode.Decompress) : context.Request.Body;
            await question.CopyToAsync(body);
            // Protocol version 2 sends questions about refs the same way as requests for objects.
            if (Encoding.Latin1.GetString(body.ToArray()).Contains("command=fetch", StringComparison.Ordinal)) Interlocked.Increment(ref fetches);
            body.Position = 0;
            await body.CopyToAsync(backend.StandardInput.BaseStream);
        }
        else
        {
            await context.Request.Body.CopyToAsync(backend.StandardInput.BaseStream);
        }
        backend.StandardInput.Close();
        var output = backend.StandardOutput.BaseStream;
        for (var line = ReadLine(output); line.Length > 0; line = ReadLine(output))
        {
            var header = line.Split(": ", 2);
            if (header[0] == "Status") context.Response.StatusCode = int.Parse(header[1].Split(' ')[0], CultureInfo.InvariantCulture);
            else context.Response.Headers[header[0]] = header[1];
        }
        await output.CopyToAsync(context.Response.Body);
        await backend.WaitForExitAsync();
    }

    IEnumerable<(string, string?)> Variables(HttpRequest request) =>
    [
        ("GIT_PROJECT_ROOT", root), ("GIT_HTTP_EXPORT_ALL", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null"), ("PATH_INFO", request.Path), ("REQUEST_METHOD", request.Method),
        ("QUERY_STRING", request.QueryString.Value?.TrimStart('?')), ("CONTENT_TYPE", request.ContentType), ("REMOTE_USER", User),
        ("GIT_PROTOCOL", request.Headers["Git-Protocol"]),
        ("GIT_CONFIG_COUNT", "3"), ("GIT_CONFIG_KEY_0", "uploadpack.allowFilter"), ("GIT_CONFIG_VALUE_0", "true"),
        ("GIT_CONFIG_KEY_1", "uploadpack.allowAnySHA1InWant"), ("GIT_CONFIG_VALUE_1", "true"), ("GIT_CONFIG_KEY_2", "http.receivepack"), ("GIT_CONFIG_VALUE_2", "true"),
    ];

    static string ReadLine(Stream stream)
    {
        var line = new StringBuilder();
        for (var next = stream.ReadByte(); next is not (-1 or '\n'); next = stream.ReadByte())
            line.Append((char)next);
        return line.ToString().TrimEnd('\r');
    }

    static bool HasPassword(string process)
    {
        try
        {
            var line = File.ReadAllText(process + "/cmdline");
            return line.Contains(Password, StringComparison.Ordinal)
                || line.Contains(Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}")), StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false; // No process, or one that just ended.
        }
    }

    public async ValueTask DisposeAsync()
    {
        Gate.TrySetResult();
        await application.DisposeAsync();
    }
}
