using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TaskBot.Bot.Forges.Local;

/// <summary>
/// The local forge's webhooks: each event is a file until its receiver answered 2xx, so that none is lost with the process. The id in the
/// file's name is the delivery id, the same at every try.
/// </summary>
public sealed class LocalWebhooks(LocalForge forge, HttpClient http)
{
    string Delivered => Path.Combine(forge.EventsFolder, "delivered");

    /// <summary>Keeps an event to be delivered; one that was kept or delivered before under this id changes nothing.</summary>
    /// <param name="id">Letters, digits, dashes: the delivery id.</param>
    public async Task KeepAsync(string id, string eventName, JsonObject body, CancellationToken cancellationToken)
    {
        var name = $"{id}.{eventName}.json";
        if (File.Exists(Path.Combine(Delivered, name)) || File.Exists(Path.Combine(forge.EventsFolder, name))) return;
        Directory.CreateDirectory(forge.EventsFolder);
        var draft = Path.Combine(forge.EventsFolder, $"{name}.tmp");
        await File.WriteAllTextAsync(draft, body.ToJsonString(new JsonSerializerOptions { WriteIndented = true }), cancellationToken);
        File.Move(draft, Path.Combine(forge.EventsFolder, name), overwrite: true);
    }

    /// <summary>Sends what is kept, oldest first, signed as GitHub signs. Stops at the first that is not taken.</summary>
    /// <returns>Whether all were taken.</returns>
    /// <exception cref="HttpRequestException">Nobody listens there.</exception>
    public async Task<bool> DeliverAsync(Uri target, string secret, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(forge.EventsFolder)) return true;
        foreach (var path in Directory.EnumerateFiles(forge.EventsFolder, "*.json").OrderBy(File.GetLastWriteTimeUtc).ThenBy(path => path, StringComparer.Ordinal))
        {
            if (Path.GetFileName(path).Split('.') is not [var id, var eventName, "json"]) continue;
            var body = await File.ReadAllBytesAsync(path, cancellationToken);
            using var request = new HttpRequestMessage(HttpMethod.Post, target) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            request.Headers.Add("X-GitHub-Delivery", id);
            request.Headers.Add("X-GitHub-Event", eventName);
            request.Headers.Add("X-Hub-Signature-256", $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), body))}");
            using var response = await http.SendAsync(request, cancellationToken);
            if (!response.IsSuccessStatusCode) return false;
            Directory.CreateDirectory(Delivered);
            File.Move(path, Path.Combine(Delivered, Path.GetFileName(path)), overwrite: true);
        }

        return true;
    }
}
