using System.Globalization;
using System.Text;

namespace TaskBot.Engine.Tests.Graphs;

/// <summary>
/// A random task file with all that can say when, how often and after what a node runs: conditions, outcomes, handlers, what runs last, items,
/// loops and outputs, nested in each other, with nodes that write layers, and with demands, priorities and speculative work that decide when. Nodes depend only on what stands before them, so that no such task has a cycle.
/// </summary>
sealed class RandomTask
{
    sealed class Node(string path, Node? around)
    {
        public string Path => path;

        public Node? Around => around;

        public bool IsBranch { get; init; }

        public bool IsPattern { get; set; }

        public bool IsLoop { get; set; }

        public bool IsLast { get; set; }

        public bool IsOpen { get; set; }

        public List<string> Lines { get; } = [];

        public List<string> Inputs { get; } = [];

        public List<string> Handlers { get; } = [];

        public List<string> Outputs { get; } = [];

        public List<Node> Inside { get; } = [];
    }

    readonly Random random;
    readonly List<Node> made = [];
    int count;

    RandomTask(Random random) => this.random = random;

    public static string Create(Random random) => new RandomTask(random).Write();

    /// <summary>The same task with one node that says something else.</summary>
    public static string Change(string task, Random random)
    {
        var lines = task.Split('\n');
        var saying = lines.Select((line, index) => (line, index)).Where(entry => entry.line.Contains("say: w", StringComparison.Ordinal)).ToList();
        if (saying.Count == 0) return task;
        var chosen = saying[random.Next(saying.Count)];
        lines[chosen.index] = chosen.line[..chosen.line.IndexOf("say:", StringComparison.Ordinal)] + "say: changed";
        return string.Join('\n', lines);
    }

    string Write()
    {
        var root = new Node("/t", around: null) { IsBranch = true, IsOpen = true };
        made.Add(root);
        Fill(root, depth: 0);
        var text = new StringBuilder("taskbot: 1\nnodes:\n");
        Write(text, root, indent: 2);
        return text.ToString();
    }

    void Fill(Node branch, int depth)
    {
        for (var n = random.Next(2, 6); n > 0; n--)
        {
            if (depth < 3 && random.Next(3) == 0) AddBranch(branch, depth + 1);
            else AddLeaf(branch);
        }

        if (branch.Inside.Find(node => !node.IsBranch) is { } giver && random.Next(2) == 0) branch.Outputs.Add($"o: {{ from: {giver.Path}.out }}");
        if (random.Next(4) == 0)
        {
            var last = Add(branch, isBranch: false);
            last.IsLast = true;
            Say(last);
            foreach (var sibling in branch.Inside.Where(node => node != last).Take(2)) Input(last, $"{sibling.Path}.outcome");
            branch.Lines.Add($"finally: [{last.Path}]");
        }
    }

    void AddBranch(Node around, int depth)
    {
        var branch = Add(around, isBranch: true);
        branch.IsOpen = true;
        Condition(branch);
        Needs(branch);
        switch (random.Next(4))
        {
            case 0:
                branch.IsPattern = true;
                branch.Lines.Add(PickLeaf(branch) is { } lister && random.Next(3) > 0 ? $"each: {lister.Path}.list" : $"each: [{string.Join(", ", Enumerable.Range(0, random.Next(4)).Select(_ => $"i{random.Next(3)}"))}]");
                break;
            case 1:
                (branch.IsPattern, branch.IsLoop) = (true, true);
                break;
        }

        Fill(branch, depth);
        if (branch.IsLoop)
        {
            var check = Add(branch, isBranch: false);
            Say(check);
            check.Lines.Add($"does: count{random.Next(1, 5).ToString(CultureInfo.InvariantCulture)}");
            check.Inputs.Add($"iteration: {{ from: {branch.Path}.iteration }}");
            branch.Lines.Add($"until: {check.Path}.{(random.Next(3) == 0 ? "outcome\nuntilIs: succeeded" : "passed")}");
            branch.Lines.Add("atMost: 3");
        }

        branch.IsOpen = false;
    }

    void AddLeaf(Node around)
    {
        var leaf = Add(around, isBranch: false);
        Say(leaf);
        leaf.Lines.Add($"does: {random.Next(30) switch { < 3 => "fail", < 6 => "skip", 6 => "grow", _ => "give" }}");
        if (random.Next(12) == 0) leaf.Lines.Add("fresh: true");
        Schedule(leaf);
        Condition(leaf);
        Needs(leaf);
        for (var i = random.Next(3); i > 0; i--)
            if (PickLeaf(leaf) is { } source) Input(leaf, $"{source.Path}.{(random.Next(4) == 0 ? "outcome" : "out")}");
        if (Pick(leaf, node => node is { IsBranch: true, IsOpen: false, Outputs.Count: > 0 }) is { } giver && random.Next(2) == 0) Input(leaf, $"{giver.Path}.o");
        for (var above = around; above is not null; above = above.Around)
            if (above is { IsPattern: true, IsLoop: false } && random.Next(2) == 0) Input(leaf, $"{above.Path}.item");
        if (around.Inside.Where(node => node != leaf && !node.IsOpen).ToList() is { Count: > 0 } siblings && random.Next(5) == 0)
        {
            siblings[random.Next(siblings.Count)].Handlers.Add(leaf.Path);
            if (random.Next(2) == 0) leaf.Lines.Add("recovers: true");
        }
    }

    /// <summary>Says when it is run, which must not change how anything ends.</summary>
    void Schedule(Node leaf)
    {
        if (random.Next(4) == 0) leaf.Lines.Add("speculative: true");
        if (random.Next(4) == 0) leaf.Lines.Add($"priority: {random.Next(-5, 6).ToString(CultureInfo.InvariantCulture)}");
        if (random.Next(2) == 0) return;
        string[] demands = [$"cpu: {random.Next(1, 3).ToString(CultureInfo.InvariantCulture)}", $"gpu: {(random.Next(1, 5) * 0.25).ToString(CultureInfo.InvariantCulture)}", $"\"lock:l{random.Next(2).ToString(CultureInfo.InvariantCulture)}\": 1"];
        leaf.Lines.Add($"resources: {{ {string.Join(", ", demands.Where(_ => random.Next(2) == 0))} }}");
    }

    Node Add(Node around, bool isBranch)
    {
        var node = new Node($"{around.Path}/n{count++}", around) { IsBranch = isBranch };
        around.Inside.Add(node);
        made.Add(node);
        return node;
    }

    void Say(Node node) => node.Lines.Add($"say: w{random.Next(6)}");

    static void Input(Node node, string source) => node.Inputs.Add($"in{node.Inputs.Count}: {{ from: {source} }}");

    void Condition(Node node)
    {
        if (random.Next(5) > 0 || PickLeaf(node) is not { } source) return;
        node.Lines.Add(random.Next(3) switch
        {
            0 => $"when: {source.Path}.passed",
            1 => $"when: {source.Path}.outcome\nwhenIs: [succeeded, skipped]",
            _ => $"when: {source.Path}.outcome\nwhenIs: failed",
        });
    }

    void Needs(Node node)
    {
        if (random.Next(4) == 0 && Pick(node, other => !other.IsOpen) is { } need) node.Lines.Add($"needs: [{need.Path}]");
    }

    Node? PickLeaf(Node reader) => Pick(reader, node => !node.IsBranch);

    /// <summary>Something before the reader that it may name: inside no pattern that the reader is not in.</summary>
    Node? Pick(Node reader, Func<Node, bool> fits)
    {
        var all = made.Where(node => node != reader && !node.IsLast && fits(node) && IsVisible(node)).ToList();
        return all.Count == 0 ? null : all[random.Next(all.Count)];

        bool IsVisible(Node node)
        {
            for (var above = node.Around; above is not null; above = above.Around)
                if (above.IsPattern && !reader.Path.StartsWith(above.Path + "/", StringComparison.Ordinal)) return false;
            return true;
        }
    }

    static void Write(StringBuilder text, Node node, int indent)
    {
        var margin = new string(' ', indent);
        text.Append(CultureInfo.InvariantCulture, $"{margin}{node.Path[(node.Path.LastIndexOf('/') + 1)..]}:\n");
        var inner = margin + "  ";
        if (!node.IsBranch) text.Append(CultureInfo.InvariantCulture, $"{inner}type: work\n");
        else text.Append(CultureInfo.InvariantCulture, $"{inner}type: graph\n");
        foreach (var line in node.Lines.SelectMany(line => line.Split('\n'))) text.Append(CultureInfo.InvariantCulture, $"{inner}{line}\n");
        if (node.Inputs.Count > 0) text.Append(CultureInfo.InvariantCulture, $"{inner}inputs: {{ {string.Join(", ", node.Inputs)} }}\n");
        if (node.Handlers.Count > 0) text.Append(CultureInfo.InvariantCulture, $"{inner}onFailure: [{string.Join(", ", node.Handlers)}]\n");
        if (node.Outputs.Count > 0) text.Append(CultureInfo.InvariantCulture, $"{inner}outputs: {{ {string.Join(", ", node.Outputs)} }}\n");
        if (node.Inside.Count == 0) return;
        text.Append(CultureInfo.InvariantCulture, $"{inner}nodes:\n");
        foreach (var child in node.Inside) Write(text, child, indent + 4);
    }
}
