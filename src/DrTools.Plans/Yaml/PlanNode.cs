namespace DrTools.Plans.Yaml;

/// <summary>A part of a plan file, before anything is known of its meaning.</summary>
/// <param name="Position">Where it begins.</param>
internal abstract record PlanNode(PlanPosition Position)
{
    /// <summary>Nodes of the tree that it is the root of, each alias counted with what it stands for.</summary>
    public long Size { get; protected init; } = 1;

    /// <summary>What it is, for messages.</summary>
    public abstract string Kind { get; }
}

/// <summary>A single value.</summary>
internal sealed record ScalarNode(PlanPosition Position, string Text, bool IsPlain) : PlanNode(Position)
{
    /// <summary>Whether there is no value: <c>key:</c>, <c>~</c>, <c>null</c>.</summary>
    public bool IsNull => IsPlain && (Text is "" or "~" or "null");

    public override string Kind => IsNull ? "nothing" : "a single value";
}

/// <summary>A list.</summary>
internal sealed record SequenceNode : PlanNode
{
    public SequenceNode(PlanPosition position, IReadOnlyList<PlanNode> items)
        : base(position)
    {
        Items = items;
        Size = 1 + items.Sum(i => i.Size);
    }

    public IReadOnlyList<PlanNode> Items { get; }

    public override string Kind => "a list";
}

/// <summary>Keys and values, in their order, doubles included.</summary>
internal sealed record MappingNode : PlanNode
{
    public MappingNode(PlanPosition position, IReadOnlyList<(ScalarNode Key, PlanNode Value)> entries)
        : base(position)
    {
        Entries = entries;
        Size = 1 + entries.Sum(e => 1 + e.Value.Size);
    }

    public IReadOnlyList<(ScalarNode Key, PlanNode Value)> Entries { get; }

    public override string Kind => "a mapping with keys";
}
