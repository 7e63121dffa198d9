using System.Text;

namespace TaskBot.Workspaces.Commands;

/// <summary>Keeps the first and the last bytes of a stream in a fixed amount of memory. Not safe for concurrent use.</summary>
sealed class OutputCapture(int headLimit, int tailLimit)
{
    readonly byte[] head = new byte[headLimit];
    readonly byte[] tail = new byte[tailLimit];
    int headLength;
    long tailTotal;

    public void Add(ReadOnlySpan<byte> bytes)
    {
        var first = Math.Min(bytes.Length, head.Length - headLength);
        bytes[..first].CopyTo(head.AsSpan(headLength));
        headLength += first;
        bytes = bytes[first..];
        if (tail.Length == 0)
        {
            tailTotal += bytes.Length;
            return;
        }
        if (bytes.Length > tail.Length)
        {
            tailTotal += bytes.Length - tail.Length;
            bytes = bytes[^tail.Length..];
        }
        while (!bytes.IsEmpty)
        {
            var at = (int)(tailTotal % tail.Length);
            var part = Math.Min(bytes.Length, tail.Length - at);
            bytes[..part].CopyTo(tail.AsSpan(at));
            tailTotal += part;
            bytes = bytes[part..];
        }
    }

    public CapturedOutput ToOutput()
    {
        var first = head.AsSpan(0, headLength);
        var kept = (int)Math.Min(tailTotal, tail.Length);
        var last = new byte[kept];
        for (var i = 0; i < kept; i++)
            last[i] = tail[(int)((tailTotal - kept + i) % tail.Length)];
        var total = first.Length + tailTotal;
        if (tailTotal == kept)
            return new CapturedOutput(Encoding.UTF8.GetString([.. first, .. last]), 0, "", total);
        // A character that was cut in two belongs to what was left out.
        var end = WholeCharacters(first);
        var start = 0;
        while (start < Math.Min(4, last.Length) && (last[start] & 0xC0) == 0x80)
            start++;
        var omitted = tailTotal - kept + (first.Length - end) + start;
        return new CapturedOutput(Encoding.UTF8.GetString(first[..end]), omitted, Encoding.UTF8.GetString(last.AsSpan(start)), total);
    }

    static int WholeCharacters(ReadOnlySpan<byte> utf8)
    {
        for (var back = 1; back <= Math.Min(4, utf8.Length); back++)
        {
            var b = utf8[^back];
            if ((b & 0xC0) == 0x80)
                continue;
            var length = b >= 0xF0 ? 4 : b >= 0xE0 ? 3 : b >= 0xC0 ? 2 : 1;
            return length > back ? utf8.Length - back : utf8.Length;
        }
        return utf8.Length;
    }
}
