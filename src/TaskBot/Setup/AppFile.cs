using System.Text.Json.Nodes;
using TaskBot.GitHub.Apps;

namespace TaskBot.Setup;

/// <summary>
/// Where the App that <c>taskbot setup</c> made is kept, for <c>taskbot serve</c> to read: outside of any repository, readable by its owner alone.
/// <c>TASKBOT_AppFile</c> names another place.
/// </summary>
static class AppFile
{
    public static string Path => Environment.GetEnvironmentVariable("TASKBOT_AppFile") is { Length: > 0 } named ? named
        : System.IO.Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify), "taskbot", "app.json");

    /// <summary>Writes it whole or not at all. A file that is there stays: an App's key is given once.</summary>
    /// <exception cref="IOException">There is one already, or it cannot be written.</exception>
    public static async Task WriteAsync(string path, AppRegistration app, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(path))!);
        var settings = new JsonObject
        {
            ["GitHub"] = new JsonObject { ["AppId"] = app.ClientId, ["PrivateKey"] = app.Pem, ["WebhookSecret"] = app.WebhookSecret },
        };
        var unfinished = $"{path}.{Guid.NewGuid():n}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using (var stream = new StreamWriter(unfinished, options)) await stream.WriteAsync(settings.ToJsonString().AsMemory(), cancellationToken);
        File.Move(unfinished, path, overwrite: false);
    }
}
