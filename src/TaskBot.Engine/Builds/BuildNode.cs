using System.Runtime.InteropServices;
using TaskBot.Engine.Nodes;
using TaskBot.Graphs.Values;

namespace TaskBot.Engine.Builds;

/// <summary>
/// The leaf that a build looks at: what it says, and then what it is given. One is used for one leaf after the other, so that none becomes an object that has to be
/// made and thrown away. Not safe for concurrent use.
/// </summary>
sealed class BuildNode : PureRun
{
    readonly NamePool names = new();
    readonly List<string> attributes = [];
    readonly List<TaskValue> values = [];
    readonly List<string> inputs = [], outputs = [];
    readonly List<int> outputEnds = [];
    readonly List<string> givenInputs = [];
    readonly List<NodeValue> given = [];
    readonly List<int> givenEnds = [];
    readonly List<bool> areLists = [];

    public string Type { get; private set; } = "";

    /// <summary>In the order of names.</summary>
    public int Attributes => attributes.Count;

    /// <summary>How many nodes it waits for without being given anything of them: the first of its sources.</summary>
    public int Needs { get; private set; }

    /// <summary>In the order of names.</summary>
    public int Inputs => inputs.Count;

    /// <summary>Inputs that have a value, or are a list.</summary>
    public int Given => givenInputs.Count;

    public string AttributeName(int index) => attributes[index];

    public TaskValue AttributeValue(int index) => values[index];

    public string InputName(int index) => inputs[index];

    /// <summary>Names of the outputs that an input is connected to; their nodes are the sources after those that it needs.</summary>
    public ReadOnlySpan<string> OutputsOf(int input) => CollectionsMarshal.AsSpan(outputs)[(input == 0 ? 0 : outputEnds[input - 1])..outputEnds[input]];

    public string GivenName(int index) => givenInputs[index];

    public ReadOnlySpan<NodeValue> GivenValues(int index) => CollectionsMarshal.AsSpan(given)[(index == 0 ? 0 : givenEnds[index - 1])..givenEnds[index]];

    /// <summary>True for an input that is connected to several outputs.</summary>
    public bool IsList(int given) => areLists[given];

    /// <summary>Untrusted where anything is that it is given.</summary>
    public Trust Trust => NodeInput.TrustOf(CollectionsMarshal.AsSpan(given));

    /// <param name="bytes">A leaf as <see cref="CompiledGraph"/> keeps it.</param>
    public void Read(ReadOnlySpan<byte> bytes)
    {
        Clear();
        var body = new GraphBytes(bytes, names);
        Type = body.ReadName();
        for (var i = body.ReadCount(); i > 0; i--)
        {
            attributes.Add(body.ReadName());
            values.Add(ValueBytes.Read(ref body));
        }

        Needs = body.ReadCount();
        for (var i = body.ReadCount(); i > 0; i--)
        {
            inputs.Add(body.ReadName());
            for (var k = body.ReadCount(); k > 0; k--) outputs.Add(body.ReadName());
            outputEnds.Add(outputs.Count);
        }
    }

    /// <summary>Gives it a value of the input that is named next by <see cref="EndInput"/>.</summary>
    public void Give(NodeValue value) => given.Add(value);

    /// <summary>What was given since the last input is of this one.</summary>
    public void EndInput(int input)
    {
        var isList = OutputsOf(input).Length > 1;
        if (!isList && given.Count == (givenEnds.Count == 0 ? 0 : givenEnds[^1])) return;
        givenInputs.Add(inputs[input]);
        givenEnds.Add(given.Count);
        areLists.Add(isList);
    }

    public override TaskValue? Attribute(string name) => attributes.IndexOf(name) is >= 0 and var index ? values[index] : null;

    public override NodeValue? Input(string name) =>
        givenInputs.IndexOf(name) is >= 0 and var index ? new NodeInput(name, [.. GivenValues(index)], areLists[index]).ToValue() : null;

    void Clear()
    {
        attributes.Clear();
        values.Clear();
        inputs.Clear();
        outputs.Clear();
        outputEnds.Clear();
        givenInputs.Clear();
        given.Clear();
        givenEnds.Clear();
        areLists.Clear();
    }
}
