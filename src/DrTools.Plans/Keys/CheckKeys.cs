using System.Net;
using DrTools.Plans.Shapes;

namespace DrTools.Plans.Keys;

/// <summary>Keys of the checks of services, and of what is done to have them back.</summary>
internal static class CheckKeys
{
    private static readonly Key<Uri> Url = new("url", new WebAddressShape(), "Where the request goes.", isRequired: true);
    private static readonly Key<decimal> Status = new("status", new NumberShape(100, 599, isWhole: true), "The status that is expected; 200 if not given.");
    private static readonly Key<string> Body = new("body", Any.Text, "What the body must contain.");
    private static readonly Key<TimeSpan> Within = new("within", Any.Duration, "For how long it is repeated until it is healthy; 1m if not given.");

    private static readonly Key<string> HostName = new("name", Any.Text, "The name that is asked for.", isRequired: true);
    private static readonly Key<IReadOnlyList<IPAddress>> Addresses = new("addresses", new ListShape<IPAddress>(new HostAddressShape()), "The addresses that it must lead to, and no others.", isRequired: true);

    private static readonly Key<IReadOnlyList<HealthCheck>> Health = new(
        "health",
        new ListShape<HealthCheck>(new ObjectShape<HealthCheck>(
            "health",
            [Url, Status, Body, Within],
            v => new HealthCheck { Url = v.Required(Url), Status = (int)v.Or(Status, 200), Body = v.Get(Body), Within = v.Or(Within, TimeSpan.FromMinutes(1)) })),
        "Requests over HTTP that the service must answer.");

    private static readonly Key<IReadOnlyList<NameCheck>> Names = new(
        "names",
        new ListShape<NameCheck>(new ObjectShape<NameCheck>("resolution", [HostName, Addresses], v => new NameCheck(v.Required(HostName), v.List(Addresses)))),
        "Names of the domain name system that must lead somewhere.");

    private static readonly Key<IReadOnlyList<string>> Assertions = new("assertions", Any.Texts, "Queries that must return true on the restored data, as for drtools verify --assert; of PostgreSQL '[database] select …'.");

    private static readonly Key<string> StepName = new("name", Any.Text, "What is done, in a few words.", isRequired: true);
    private static readonly Key<string> Role = new("role", Any.Text, "Who does it.");
    private static readonly Key<string> Instructions = new("instructions", Any.Text, "How, for people.");
    private static readonly Key<string> Command = new("command", Any.Text, "A command that does it.");
    private static readonly Key<string> Precondition = new("precondition", Any.Text, "A command that must succeed before.");
    private static readonly Key<string> Check = new("check", Any.Text, "A command that must succeed afterwards.");
    private static readonly Key<string> Undo = new("undo", Any.Text, "A command that takes it back.");
    private static readonly Key<TimeSpan> Expected = new("expected", Any.Duration, "How long it should take.");

    public static ObjectShape<ServiceChecks> Checks { get; } = new(
        "checks",
        [Health, Names, Assertions],
        v => new ServiceChecks { Health = v.List(Health), Names = v.List(Names), Assertions = v.List(Assertions) });

    public static ObjectShape<FailoverStep> Step { get; } = new(
        "step",
        [StepName, Role, Instructions, Command, Precondition, Check, Undo, Expected],
        v => new FailoverStep
        {
            Name = v.Required(StepName),
            Role = v.Get(Role),
            Instructions = v.Get(Instructions),
            Command = v.Get(Command),
            Precondition = v.Get(Precondition),
            Check = v.Get(Check),
            Undo = v.Get(Undo),
            Expected = v.Maybe(Expected),
            Position = v.Position,
        });
}
