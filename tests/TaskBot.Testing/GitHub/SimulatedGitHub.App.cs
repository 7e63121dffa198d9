using System.Globalization;
using System.Text.Json.Nodes;

namespace TaskBot.Testing.GitHub;

/// <content>The App: who it is, its tokens, its deliveries.</content>
public sealed partial class SimulatedGitHub
{
    void AddAppRoutes(Action<string, string, string, Endpoint> add)
    {
        add("GET", "/app", "apps/get-authenticated", _ => Ok(AppOf.DeepClone()));
        add("GET", Repository + "/installation", "apps/get-repo-installation", _ => Ok(new JsonObject { ["id"] = 100, ["app_id"] = 4242, ["app_slug"] = "taskbot" }));
        add("POST", "/app/installations/100/access_tokens", "apps/create-installation-access-token", _ =>
        {
            var token = $"ghs_{++_ids}_a_token_longer_than_forty_characters_as_they_are_now";
            _tokens[token] = Bot;
            return Ok(new JsonObject { ["token"] = token, ["expires_at"] = Text(time.GetUtcNow().AddHours(1)), ["repositories"] = ExampleBodies.Absent }, 201);
        });
        add("POST", "/app-manifests/(?<name>[^/]+)/conversions", "apps/create-from-manifest", _ => Ok(
            new JsonObject { ["id"] = 4242, ["slug"] = "taskbot", ["client_id"] = "Iv1.of-the-test", ["client_secret"] = "a secret", ["webhook_secret"] = "made-by-github", ["pem"] = NewKey() }, 201));
        add("GET", "/user", "users/get-authenticated", request => request.Caller is Bot or ActionsBot ? Problem(403, "Resource not accessible by integration") : Ok(UserOf(request.Caller)));
        add("GET", "/users/(?<name>[^/]+)", "users/get-by-username", request => Ok(ProfileOf(request.Name)));
        add("GET", "/app/hook/deliveries", "apps/list-webhook-deliveries", request =>
        {
            var before = request.Query.TryGetValue("cursor", out var cursor) ? long.Parse(cursor, CultureInfo.InvariantCulture) : long.MaxValue;
            var size = request.Query.TryGetValue("per_page", out var asked) ? int.Parse(asked, CultureInfo.InvariantCulture) : DeliveriesPerPage;
            var older = _deliveries.Where(delivery => delivery.Id < before).OrderByDescending(delivery => delivery.Id).ToList();
            var link = older.Count > size ? $"<{new Uri(Url, $"/app/hook/deliveries?per_page={size}&cursor={older[size - 1].Id}")}>; rel=\"next\"" : null;
            return Ok(new JsonArray([.. older.Take(size).Select(delivery => DeliveryOf(delivery, whole: false))])) with { Link = link };
        });
        add("GET", "/app/hook/deliveries/(?<id>\\d+)", "apps/get-webhook-delivery", request =>
            _deliveries.FirstOrDefault(delivery => delivery.Id == request.Id) is { } found ? Ok(DeliveryOf(found, whole: true)) : NotFound);
        add("POST", "/app/hook/deliveries/(?<id>\\d+)/attempts", "apps/redeliver-webhook-delivery", request =>
        {
            if (_deliveries.FirstOrDefault(delivery => delivery.Id == request.Id) is not { } found) return NotFound;
            Enqueue(found with { Id = ++_ids, At = time.GetUtcNow(), IsRedelivery = true, StatusCode = 0 });
            return Ok(new JsonObject(), 202);
        });
    }

    static string NewKey()
    {
        using var key = System.Security.Cryptography.RSA.Create(2048);
        return key.ExportRSAPrivateKeyPem();
    }
}
