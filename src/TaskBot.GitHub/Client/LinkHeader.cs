namespace TaskBot.GitHub.Client;

/// <summary>The <c>Link</c> header (RFC 8288), as far as paging needs it.</summary>
static class LinkHeader
{
    /// <summary>The address of <c>rel="next"</c>, or null on the last page.</summary>
    public static string? Next(IEnumerable<string> values)
    {
        foreach (var value in values)
        {
            var rest = value.AsSpan();
            while (true)
            {
                var open = rest.IndexOf('<');
                if (open < 0) break;
                var close = rest[open..].IndexOf('>');
                if (close < 0) break;
                var address = rest.Slice(open + 1, close - 1);
                rest = rest[(open + close + 1)..];
                var end = rest.IndexOf('<');
                var parameters = end < 0 ? rest : rest[..end];
                foreach (var parameter in parameters.ToString().Split(';', ',').Select(part => part.Trim()))
                {
                    if (parameter.Equals("rel=\"next\"", StringComparison.OrdinalIgnoreCase)
                        || parameter.Equals("rel=next", StringComparison.OrdinalIgnoreCase))
                        return address.ToString();
                }
            }
        }

        return null;
    }
}
