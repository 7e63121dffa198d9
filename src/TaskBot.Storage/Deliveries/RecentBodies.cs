namespace TaskBot.Storage.Deliveries;

/// <summary>
/// The bodies that were stored last, so that whoever takes them soon after need not read and unpack them. Holds a bounded number of bytes, and lets go of the oldest first.
/// Safe for concurrent use.
/// </summary>
sealed class RecentBodies(int limitBytes)
{
    const int LimitCount = 4096;

    readonly Lock gate = new();
    readonly Dictionary<string, ReadOnlyMemory<byte>> bodies = new(StringComparer.Ordinal);
    readonly Queue<string> order = new();
    int bytes;

    public void Add(string id, ReadOnlyMemory<byte> body)
    {
        if (body.Length > limitBytes) return;
        lock (gate)
        {
            if (bodies.Remove(id, out var before)) bytes -= before.Length;
            else order.Enqueue(id);
            bodies.Add(id, body);
            bytes += body.Length;
            while ((bytes > limitBytes || order.Count > LimitCount) && order.TryDequeue(out var oldest))
                if (bodies.Remove(oldest, out var removed)) bytes -= removed.Length;
        }
    }

    /// <summary>Gives a body away.</summary>
    public bool TryTake(string id, out ReadOnlyMemory<byte> body)
    {
        lock (gate)
        {
            if (!bodies.Remove(id, out body)) return false;
            bytes -= body.Length;
            while (order.TryPeek(out var oldest) && !bodies.ContainsKey(oldest)) order.Dequeue();
            return true;
        }
    }
}
