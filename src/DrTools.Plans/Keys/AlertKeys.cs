using DrTools.Plans.Shapes;

namespace DrTools.Plans.Keys;

/// <summary>Keys of alert routes.</summary>
internal static class AlertKeys
{
    private static readonly Key<AlertMethod> Method = new("method", new WordShape<AlertMethod>(), "How: webhook, mail or command.", isRequired: true);
    private static readonly Key<string> To = new("to", Any.Text, "For mail the address, for command the command.");
    private static readonly Key<SecretReference> Url = new("url", Any.Secret, "For webhook: where its address lies (env:NAME, file:PATH, vault:NAME); who knows it can post there.");
    private static readonly Key<AlertSeverity> From = new("from", new WordShape<AlertSeverity>(), "The least that is told: information, warning (if not given), critical.");
    private static readonly Key<IReadOnlyList<string>> Services = new("services", Any.Names(NameKind.Service), "Names of the services that it is about; of all if not given.");

    public static ObjectShape<PlannedAlert> Alert { get; } = new(
        "alert",
        [Method, To, Url, From, Services],
        v =>
        {
            var alert = new PlannedAlert { Name = v.Name, Method = v.Required(Method), To = v.Get(To), Url = v.Get(Url), From = v.Or(From, AlertSeverity.Warning), Services = v.List(Services), Position = v.Position };
            if (alert.Method == AlertMethod.Webhook == (alert.To is null))
            {
                return alert;
            }

            v.Reading.Problem(v.PositionOf(Method), alert.To is null ? "There is nowhere to send this to." : "A webhook has its address in 'url'.", alert.To is null ? "Add 'to' with an address or a command." : "Write 'url: env:NAME', and put the address into that variable.");
            return null;
        })
    { ExactlyOneOf = [To, Url] };
}
