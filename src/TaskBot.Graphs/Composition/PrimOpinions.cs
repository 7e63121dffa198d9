using System.Collections;

namespace TaskBot.Graphs.Composition;

/// <summary>The prim stack: every opinion about one prim, strongest first. Walking it makes no object.</summary>
public readonly record struct PrimOpinions : IEnumerable<PrimOpinion>
{
    readonly PrimIndex prim;

    internal PrimOpinions(PrimIndex prim) => this.prim = prim;

    public Enumerator GetEnumerator() => new(prim);

    IEnumerator<PrimOpinion> IEnumerable<PrimOpinion>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Goes from site to site, and at each from layer to layer.</summary>
    public record struct Enumerator : IEnumerator<PrimOpinion>
    {
        readonly PrimIndex prim;
        int site = -1;
        int layer;

        internal Enumerator(PrimIndex prim) => this.prim = prim;

        public PrimOpinion Current { get; private set; }

        readonly object IEnumerator.Current => Current;

        public bool MoveNext()
        {
            var sites = prim.Sites;
            if (site == sites.Length) return false;
            while (site < 0 || sites[site].IsInert || ++layer == sites[site].Specs.Length)
            {
                layer = -1;
                if (++site == sites.Length) return false;
            }

            var (from, spec) = sites[site].Specs[layer];
            Current = new(sites[site], from, spec);
            return true;
        }

        public void Reset() => this = new(prim);

        public readonly void Dispose()
        {
        }
    }
}
