using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Nodes;

/// <summary>What a pure node is given: all that its result may be a function of. Only to be asked while the node runs.</summary>
public abstract class PureRun
{
    /// <summary>The value of an attribute; null where the node has no such.</summary>
    public abstract TaskValue? Attribute(string name);

    /// <summary>The value of an input, which is a list where it is connected to several outputs; null where there is none.</summary>
    public abstract NodeValue? Input(string name);

    /// <summary>The same of a node that runs beside others.</summary>
    internal sealed class Of(NodeRun run) : PureRun
    {
        public override TaskValue? Attribute(string name) => run.Node.Attributes.GetValueOrDefault(name);

        public override NodeValue? Input(string name) => run.Inputs.GetValueOrDefault(name);
    }
}
