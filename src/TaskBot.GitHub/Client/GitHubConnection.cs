using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Logging;
using TaskBot.GitHub.Authentication;

namespace TaskBot.GitHub.Client;

/// <summary>
/// Sends the requests of one credential: headers, redirects, paging, conditional requests, limits, repeats. Everything that is known about
/// talking to GitHub at large is here; the clients beside it only name paths and records.
/// </summary>
sealed partial class GitHubConnection(
    HttpClient http,
    IGitHubCredential credential,
    WritePacer pacer,
    GitHubOptions options,
    IMemoryCache cache,
    TimeProvider time,
    ILogger logger)
{
    const int MaxAttempts = 4;
    const int MaxRedirects = 5;
    const int MaxPages = 1_000;
    const int MaxBodyBytes = 128 * 1024 * 1024;
    const int MaxCachedBytes = 1024 * 1024;
    static readonly TimeSpan FirstBackoff = TimeSpan.FromSeconds(1);

    readonly Uri _api = WithSlash(options.ApiUrl);
    readonly Uri _graphQL = options.GraphQLAddress;
    DateTimeOffset _restPausedUntil = DateTimeOffset.MinValue;
    DateTimeOffset _graphQLPausedUntil = DateTimeOffset.MinValue;

    public async Task<T> GetAsync<T>(
        FormattableString path, CancellationToken cancellationToken, params (string Name, string? Value)[] query)
    {
        var request = Request(HttpMethod.Get, path, RequestKind.Read, query);
        return Read<T>(request, await SendAsync(request, download: false, cancellationToken));
    }

    /// <summary>Null when GitHub answers 404.</summary>
    public async Task<T?> FindAsync<T>(
        FormattableString path, CancellationToken cancellationToken, params (string Name, string? Value)[] query)
        where T : class
    {
        try
        {
            return await GetAsync<T>(path, cancellationToken, query);
        }
        catch (GitHubApiException exception) when (exception.Status == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    public IAsyncEnumerable<T> ListAsync<T>(
        FormattableString path, CancellationToken cancellationToken, params (string Name, string? Value)[] query) =>
        ListAsync<IReadOnlyList<T>, T>(path, page => page, cancellationToken, query);

    public IAsyncEnumerable<T> ListAsync<TPage, T>(
        FormattableString path,
        Func<TPage, IReadOnlyList<T>> items,
        CancellationToken cancellationToken,
        params (string Name, string? Value)[] query) =>
        PagesAsync(Request(HttpMethod.Get, path, RequestKind.Read, [.. query, ("per_page", "100")]), items, cancellationToken);

    /// <summary>A list whose operation knows no <c>per_page</c>.</summary>
    public IAsyncEnumerable<T> ListUnpagedAsync<T>(FormattableString path, CancellationToken cancellationToken) =>
        PagesAsync<IReadOnlyList<T>, T>(Request(HttpMethod.Get, path, RequestKind.Read, []), page => page, cancellationToken);

    /// <summary>Sends a body and reads the answer; "no content" (204) is null.</summary>
    public async Task<T> SendAsync<TBody, T>(
        HttpMethod method, FormattableString path, TBody body, CancellationToken cancellationToken, RequestKind? kind = null)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(body, GitHubJson.Of<TBody>());
        var request = Request(method, path, kind ?? ApiRequest.KindOf(method), []) with { Body = bytes };
        return Read<T>(request, await SendAsync(request, download: false, cancellationToken));
    }

    public async Task<T> SendAsync<T>(HttpMethod method, FormattableString path, CancellationToken cancellationToken)
    {
        var request = Request(method, path, ApiRequest.KindOf(method), []);
        return Read<T>(request, await SendAsync(request, download: false, cancellationToken));
    }

    public Task SendAsync(HttpMethod method, FormattableString path, CancellationToken cancellationToken) =>
        SendAsync(Request(method, path, ApiRequest.KindOf(method), []), download: false, cancellationToken);

    /// <summary>False when GitHub answers 404.</summary>
    public async Task<bool> TrySendAsync(HttpMethod method, FormattableString path, CancellationToken cancellationToken)
    {
        try
        {
            await SendAsync(method, path, cancellationToken);
            return true;
        }
        catch (GitHubApiException exception) when (exception.Status == HttpStatusCode.NotFound)
        {
            return false;
        }
    }

    public async Task<Stream> DownloadAsync(FormattableString path, CancellationToken cancellationToken) =>
        (await SendAsync(Request(HttpMethod.Get, path, RequestKind.Read, []), download: true, cancellationToken)).Stream!;

    /// <summary>Null when GitHub answers that there is nothing (404) or nothing any more (410).</summary>
    public async Task<Stream?> FindDownloadAsync(FormattableString path, CancellationToken cancellationToken)
    {
        try
        {
            return await DownloadAsync(path, cancellationToken);
        }
        catch (GitHubApiException exception) when (exception.Status is HttpStatusCode.NotFound or HttpStatusCode.Gone)
        {
            return null;
        }
    }

    /// <summary>Sends a GraphQL body and gives back the answer's bytes.</summary>
    public async Task<ReadOnlyMemory<byte>> SendGraphQLAsync(byte[] body, RequestKind kind, CancellationToken cancellationToken) =>
        (await SendAsync(
            new ApiRequest(HttpMethod.Post, "graphql", _graphQL, kind, body) { IsGraphQL = true },
            download: false,
            cancellationToken)).Body;

    async IAsyncEnumerable<T> PagesAsync<TPage, T>(
        ApiRequest first, Func<TPage, IReadOnlyList<T>> items, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var request = first;
        for (var page = 1; page <= MaxPages; page++)
        {
            var response = await SendAsync(request, download: false, cancellationToken);
            foreach (var item in items(Read<TPage>(request, response))) yield return item;
            if (response.NextPage is not { } next) yield break;
            if (!IsOurs(next)) throw new GitHubApiException(first.Method, first.Path, response.Status, "the next page is on another host.");
            request = request with { Address = next };
        }

        throw new GitHubApiException(first.Method, first.Path, status: null, $"more than {MaxPages:N0} pages.");
    }

    ApiRequest Request(HttpMethod method, FormattableString path, RequestKind kind, (string Name, string? Value)[] query)
    {
        var text = ApiPath.Of(path);
        var pairs = query.Where(pair => pair.Value is not null).Select(pair => $"{pair.Name}={Uri.EscapeDataString(pair.Value!)}");
        var suffix = string.Join('&', pairs);
        return new ApiRequest(method, text, new Uri(_api, suffix.Length == 0 ? text : $"{text}?{suffix}"), kind);
    }

    static T Read<T>(ApiRequest request, ApiResponse response)
    {
        if (response is { Status: HttpStatusCode.NoContent, Body.IsEmpty: true }) return default!;
        try
        {
            return JsonSerializer.Deserialize(response.Body.Span, GitHubJson.Of<T>()) ?? throw Unreadable("the body is null", inner: null);
        }
        catch (JsonException exception)
        {
            throw Unreadable($"the answer is not the JSON expected, at {exception.Path ?? "its start"}", exception);
        }

        GitHubApiException Unreadable(string reason, Exception? inner) =>
            new(request.Method, request.Path, response.Status, reason + ".", inner);
    }

    /// <summary>One request to its end: in turn if it writes, repeated while that is safe and helps.</summary>
    async Task<ApiResponse> SendAsync(ApiRequest request, bool download, CancellationToken cancellationToken)
    {
        using var turn = request.Paced ? await pacer.EnterAsync(cancellationToken) : null;
        var renewed = false;
        for (var attempt = 1; ; attempt++)
        {
            await WaitWhilePausedAsync(request, cancellationToken);
            var token = await credential.GetTokenAsync(cancellationToken);
            var (answer, failure, wait) = await AttemptAsync(request, token, download, attempt, cancellationToken);
            if (answer is not null) return answer;
            if (failure is { Status: HttpStatusCode.Unauthorized } && token is not null && !renewed && credential.Forget(token))
            {
                renewed = true;
                continue;
            }

            if (wait is not { } pause || attempt >= MaxAttempts) throw failure!;
            Log.Repeating(logger, failure!, request.Method.Method, request.Path, attempt, pause);
            await Task.Delay(pause, time, cancellationToken);
        }
    }

    async Task WaitWhilePausedAsync(ApiRequest request, CancellationToken cancellationToken)
    {
        var until = request.IsGraphQL ? _graphQLPausedUntil : _restPausedUntil;
        var wait = until - time.GetUtcNow();
        if (wait <= TimeSpan.Zero) return;
        if (wait > options.MaxRateLimitWait) throw new GitHubRateLimitException(request.Method, request.Path, status: null, until);
        await Task.Delay(wait, time, cancellationToken);
    }

    /// <summary>One try. Gives the answer, or the failure and, if trying again is safe, how long to wait before.</summary>
    async Task<(ApiResponse? Answer, GitHubApiException? Failure, TimeSpan? Wait)> AttemptAsync(
        ApiRequest request, string? token, bool download, int attempt, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(options.RequestTimeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            var cacheKey = request.Kind == RequestKind.Read && !download ? (credential, request.Address) : default((IGitHubCredential, Uri)?);
            var known = cacheKey is null ? null : cache.Get<CachedAnswer>(cacheKey);
            var response = await FollowAsync(request, token, known, both.Token);
            if (download && response.IsSuccessStatusCode)
            {
                var stream = new DownloadStream(await response.Content.ReadAsStreamAsync(both.Token), options.RequestTimeout, time);
                return (new ApiResponse(response.StatusCode, default, NextPage: null, stream), null, null);
            }

            using (response)
            {
                await response.Content.LoadIntoBufferAsync(MaxBodyBytes, both.Token);
                var body = await response.Content.ReadAsByteArrayAsync(both.Token);
                if (response.StatusCode == HttpStatusCode.NotModified && known is not null)
                    return (new ApiResponse(HttpStatusCode.OK, known.Body, known.NextPage), null, null);
                if (response.IsSuccessStatusCode) return (Accept(response, body, cacheKey), null, null);
                return Refuse(request, response, body, token, attempt);
            }
        }
        catch (OperationCanceledException exception) when (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            var failure = new GitHubApiException(
                request.Method,
                request.Path,
                status: null,
                $"no answer within {options.RequestTimeout.TotalSeconds:0.#} s.",
                new TimeoutException(exception.Message));
            return (null, failure, request.Repeatable ? Backoff(attempt) : null);
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            var failure = new GitHubApiException(request.Method, request.Path, status: null, Unreached(exception), exception);
            return (null, failure, request.Repeatable ? Backoff(attempt) : null);
        }
    }

    ApiResponse Accept(HttpResponseMessage response, byte[] body, object? cacheKey)
    {
        var next = response.Headers.TryGetValues("Link", out var links) && LinkHeader.Next(links) is { } address
            ? new Uri(response.RequestMessage!.RequestUri!, address)
            : null;
        if (cacheKey is not null && response.Headers.ETag is { } tag && body.Length <= MaxCachedBytes)
            cache.Set(cacheKey, new CachedAnswer(tag, body, next), new MemoryCacheEntryOptions { Size = body.Length + 512 });
        return new ApiResponse(response.StatusCode, body, next);
    }

    (ApiResponse?, GitHubApiException?, TimeSpan?) Refuse(
        ApiRequest request, HttpResponseMessage response, byte[] body, string? token, int attempt)
    {
        var now = time.GetUtcNow();
        if (RateLimit.Read(response, body, now, attempt) is { } limit)
        {
            // A limited request was not carried out, so repeating any kind of it is safe. Others of this credential wait with it.
            var until = limit.Wait > DateTimeOffset.MaxValue - now ? DateTimeOffset.MaxValue : now + limit.Wait;
            if (!limit.Primary || request.IsGraphQL) _graphQLPausedUntil = Later(_graphQLPausedUntil, until);
            if (!limit.Primary || !request.IsGraphQL) _restPausedUntil = Later(_restPausedUntil, until);
            var refused = new GitHubRateLimitException(request.Method, request.Path, response.StatusCode, until);
            return (null, refused, limit.Wait > options.MaxRateLimitWait ? null : limit.Wait + Jitter(limit.Wait));
        }

        var failure = GitHubErrors.From(request, response, body, token);
        if ((int)response.StatusCode is not (500 or 502 or 503 or 504) || !request.Repeatable) return (null, failure, null);
        var asked = RateLimit.RetryAfter(response, now) ?? TimeSpan.Zero;
        if (asked > options.MaxRateLimitWait) return (null, failure, null);
        var backoff = Backoff(attempt);
        return (null, failure, asked > backoff ? asked : backoff);
    }

    /// <summary>
    /// Follows redirects by hand. HttpClient's own way drops the token even on the same host and turns a redirected POST into a GET.
    /// </summary>
    async Task<HttpResponseMessage> FollowAsync(ApiRequest request, string? token, CachedAnswer? known, CancellationToken cancellationToken)
    {
        var address = request.Address;
        for (var redirects = 0; ; redirects++)
        {
            var response = await http.SendAsync(
                Message(request, address, token, known), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
            if ((int)response.StatusCode is not (301 or 302 or 307 or 308) || response.Headers.Location is not { } location) return response;
            using (response)
            {
                var target = new Uri(address, location);
                if (redirects == MaxRedirects) throw Refused($"more than {MaxRedirects} redirects");
                if (target.Scheme is not ("https" or "http")) throw Refused($"redirected to the scheme {target.Scheme}");
                if (target.Scheme == "http" && address.Scheme == "https") throw Refused("redirected from https to http");
                if (request.Kind != RequestKind.Read && !IsOurs(target)) throw Refused("a write was redirected to another host");
                address = target;
            }

            GitHubApiException Refused(string reason) => new(request.Method, request.Path, response.StatusCode, reason + ".");
        }
    }

    HttpRequestMessage Message(ApiRequest request, Uri address, string? token, CachedAnswer? known)
    {
        var message = new HttpRequestMessage(request.Method, address)
        {
            VersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
            Version = HttpVersion.Version20
        };
        message.Headers.UserAgent.Add(GitHubOptions.UserAgent);
        if (IsOurs(address))
        {
            message.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/vnd.github+json"));
            message.Headers.Add("X-GitHub-Api-Version", GitHubOptions.ApiVersion);
            if (token is not null) message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            if (known is not null) message.Headers.IfNoneMatch.Add(known.Tag);
        }

        if (request.Body is not null)
        {
            message.Content = new ByteArrayContent(request.Body);
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
        }

        return message;
    }

    // Scheme, host and port together: a token given to https must not travel to http on the same name.
    bool IsOurs(Uri address) => SameOrigin(address, _api) || SameOrigin(address, _graphQL);

    static bool SameOrigin(Uri a, Uri b) =>
        string.Equals(a.GetLeftPart(UriPartial.Authority), b.GetLeftPart(UriPartial.Authority), StringComparison.OrdinalIgnoreCase);

    static Uri WithSlash(Uri address) => address.AbsoluteUri.EndsWith('/') ? address : new Uri(address.AbsoluteUri + "/");

    static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;

    static TimeSpan Backoff(int attempt)
    {
        var wait = FirstBackoff * (1 << (attempt - 1));
        return wait + Jitter(wait);
    }

    // Up to a quarter more, so that clients that failed together do not come back together.
    static TimeSpan Jitter(TimeSpan wait) => wait * (Random.Shared.NextDouble() / 4);

    static string Unreached(Exception exception) => exception switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } => "the host name was not found.",
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => "the connection was refused or lost.",
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => "the TLS connection failed.",
        HttpRequestException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => $"the answer is over {MaxBodyBytes:N0} bytes.",
        _ => "the transfer broke off."
    };

    sealed record CachedAnswer(EntityTagHeaderValue Tag, ReadOnlyMemory<byte> Body, Uri? NextPage);

    static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "GitHub request {Method} /{Path} failed on attempt {Attempt}; repeating in {Wait}.")]
        public static partial void Repeating(ILogger logger, Exception exception, string method, string path, int attempt, TimeSpan wait);
    }
}
