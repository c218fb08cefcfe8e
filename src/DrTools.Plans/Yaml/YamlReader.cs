using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace DrTools.Plans.Yaml;

/// <summary>
/// Turns YAML into nodes that know where they are written. What makes YAML dangerous is bounded: how deep it goes, how often an
/// alias is used, and how large the tree would be with every alias replaced, which is known before anything walks it.
/// </summary>
internal sealed class YamlReader
{
    public const int MaximumDepth = 32;
    public const int MaximumAliases = 100;
    public const int MaximumNodes = 50_000;

    private readonly Action<PlanPosition, string, string> _problem;
    private readonly Dictionary<string, PlanNode?> _anchors = new(StringComparer.Ordinal);
    private readonly Parser _parser;
    private int _aliases;

    private YamlReader(string text, Action<PlanPosition, string, string> problem) =>
        (_parser, _problem) = (new Parser(new Scanner(new StringReader(text), skipComments: true)), problem);

    /// <summary>Reads the one document of a text.</summary>
    /// <returns><see langword="null"/> when a problem kept it from being read to its end, or there is nothing.</returns>
    public static PlanNode? Read(string text, Action<PlanPosition, string, string> problem)
    {
        var reader = new YamlReader(text, problem);
        try
        {
            return reader.ReadDocument();
        }
        catch (YamlRefusedException e)
        {
            problem(e.Position, e.Message, e.Remedy);
            return null;
        }
        catch (YamlException e)
        {
            problem(Of(e.Start), $"This is not YAML: {Sentence(e.Message)}", "Check indentation, colons, brackets and quotes here and in the line before; put texts with ': ' or ' #' in quotes.");
            return null;
        }
        catch (InvalidOperationException)
        {
            // Of the scanner, for a plain text with a colon inside of brackets that are never closed.
            problem(Of(reader._parser.Current?.End ?? Mark.Empty), "This is not YAML: a bracket or brace that is opened here or before is never closed.", "Close it, or put the text in quotes.");
            return null;
        }
    }

    private PlanNode? ReadDocument()
    {
        Next();
        Next();
        if (_parser.Current is not DocumentStart)
        {
            return null;
        }

        Next();
        var root = ReadNode(0);
        Next();
        return _parser.Current is DocumentStart second
            ? throw new YamlRefusedException(Of(second.Start), "A second document begins here.", "Keep one plan in a file: remove the line '---' and what follows, or move it to a file of its own.")
            : root;
    }

    /// <summary>Reads the node that begins at the current event, and goes to the event after it.</summary>
    private PlanNode ReadNode(int depth)
    {
        var current = _parser.Current!;
        var position = Of(current.Start);
        if (depth > MaximumDepth)
        {
            throw new YamlRefusedException(position, $"This lies deeper than {MaximumDepth} levels.", "A plan needs no more than ten: remove brackets that were opened by mistake.");
        }

        if (current is AnchorAlias alias)
        {
            Next();
            return Resolve(position, alias.Value.Value);
        }

        if (current is NodeEvent { Tag.IsEmpty: false } tagged && tagged.Tag.Value != "!")
        {
            throw new YamlRefusedException(position, $"The tag {tagged.Tag.Value} is not used in plans.", "Remove it.");
        }

        var anchor = current is NodeEvent { Anchor.IsEmpty: false } named ? named.Anchor.Value : null;
        if (anchor is not null)
        {
            // Present, with no node yet: an alias inside of it would refer to itself.
            _anchors[anchor] = null;
        }

        Next();
        PlanNode node = current switch
        {
            Scalar scalar => new ScalarNode(position, scalar.Value, scalar.Style == ScalarStyle.Plain),
            SequenceStart => ReadSequence(position, depth),
            MappingStart => ReadMapping(position, depth),
            _ => throw new YamlRefusedException(position, "There is nothing here.", "Write the plan, or make one: drtools plan new, New-DrPlan."),
        };
        if (node.Size > MaximumNodes)
        {
            throw new YamlRefusedException(position, $"With its aliases replaced this has {Figures.Count(node.Size, "value")}, and {Figures.Count(MaximumNodes)} are the most.", "Use fewer aliases of aliases.");
        }

        if (anchor is not null)
        {
            _anchors[anchor] = node;
        }

        return node;
    }

    private PlanNode Resolve(PlanPosition position, string name)
    {
        if (!_anchors.TryGetValue(name, out var node))
        {
            var closest = Spelling.Closest(name, _anchors.Keys);
            throw new YamlRefusedException(position, $"There is no anchor '&{name}' before this alias.{(closest is null ? string.Empty : $" Did you mean '*{closest}'?")}", "Name an anchor of an earlier line, or put a text that begins with an asterisk in quotes.");
        }

        if (node is null)
        {
            throw new YamlRefusedException(position, $"The alias '*{name}' lies inside of what it stands for, which would have no end.", "Remove it.");
        }

        return ++_aliases <= MaximumAliases
            ? node
            : throw new YamlRefusedException(position, $"There are more than {MaximumAliases} aliases.", "Write the values out.");
    }

    private SequenceNode ReadSequence(PlanPosition position, int depth)
    {
        var items = new List<PlanNode>();
        while (_parser.Current is not SequenceEnd)
        {
            items.Add(ReadNode(depth + 1));
        }

        Next();
        return new SequenceNode(position, items);
    }

    private MappingNode ReadMapping(PlanPosition position, int depth)
    {
        var entries = new List<(ScalarNode, PlanNode)>();
        while (_parser.Current is not MappingEnd)
        {
            var start = Of(_parser.Current!.Start);
            var key = ReadNode(depth + 1);
            if (key is not ScalarNode name)
            {
                throw new YamlRefusedException(start, $"A key is a name, and this is {key.Kind}.", "Write a name and a colon.");
            }

            if (name is { IsPlain: true, Text: "<<" })
            {
                throw new YamlRefusedException(start, "Merging with '<<' is not part of YAML 1.2.", "Use an alias for a whole value, or write the keys out.");
            }

            entries.Add((name with { Position = start }, ReadNode(depth + 1)));
        }

        Next();
        return new MappingNode(position, entries);
    }

    private void Next()
    {
        if (!_parser.MoveNext())
        {
            throw new YamlRefusedException(new(1, 1), "The file ends unexpectedly.", "Check its last lines.");
        }
    }

    private static PlanPosition Of(Mark mark) => new((int)Math.Max(1, mark.Line), (int)Math.Max(1, mark.Column));

    private static string Sentence(string message) => char.ToLowerInvariant(message[0]) + message[1..].TrimEnd('.') + ".";

    /// <summary>YAML that is understood, and not accepted.</summary>
    private sealed class YamlRefusedException(PlanPosition position, string message, string remedy) : Exception(message)
    {
        public PlanPosition Position { get; } = position;

        public string Remedy { get; } = remedy;
    }
}
