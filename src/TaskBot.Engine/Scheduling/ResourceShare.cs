namespace TaskBot.Engine.Scheduling;

/// <summary>The part that one run has in a pool. What it still holds goes back when it is disposed.</summary>
sealed class ResourceShare(ResourcePool pool, string repository, ResourcePool.Tally tally, Action wake) : IDisposable
{
    readonly HashSet<ResourceGrant> grants = [];

    public string Repository => repository;

    /// <summary>The pool's alone, as is all below: read and written under its lock.</summary>
    public ResourcePool.Tally Tally => tally;

    public int Held { get; set; }

    public long ServedAt { get; set; }

    public Demand? Wanted { get; set; }

    public long WantedSince { get; set; }

    public void Wake() => wake();

    /// <returns>Null where there is too little, or others come first.</returns>
    public ResourceGrant? TryTake(Demand demand, bool isSpeculative, out string? shortOf)
    {
        var grant = pool.TryTake(this, demand, isSpeculative, out shortOf);
        if (grant is not null) grants.Add(grant);
        return grant;
    }

    public void GiveBack(ResourceGrant grant)
    {
        if (grants.Remove(grant)) pool.GiveBack(this, grant);
    }

    /// <summary>Says what the run waits for most; null for nothing.</summary>
    public void Want(Demand? demand)
    {
        // Asked once a round by every run: the common answer costs no lock.
        if (demand is not null || Wanted is not null) pool.Want(this, demand);
    }

    public void Dispose()
    {
        foreach (var grant in grants.ToArray()) GiveBack(grant);
        pool.Leave(this);
    }
}

/// <summary>A slot and what a node demanded besides, held until it is given back.</summary>
sealed class ResourceGrant(Demand demand)
{
    volatile bool isRevoked;

    public Demand Demand => demand;

    /// <summary>Who holds it, where it is held for speculative work.</summary>
    public ResourceShare? Share { get; set; }

    public LinkedListNode<ResourceGrant>? Entry { get; set; }

    /// <summary>True once other work needs what speculative work holds: the work has to stop.</summary>
    public bool IsRevoked
    {
        get => isRevoked;
        set => isRevoked = value;
    }
}
