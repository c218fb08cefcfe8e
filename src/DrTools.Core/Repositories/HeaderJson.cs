using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using DrTools.Repositories.Keys;

namespace DrTools.Repositories;

/// <summary>
/// Reads the JSON of a header (RFC 8259), as the only program text that is read at every start: a serialiser takes several
/// times as long to get going as all the rest of opening a repository. Members that it does not know are passed over.
/// </summary>
internal sealed class HeaderJson
{
    private const int MaximumDepth = 32;

    private readonly byte[] _text;
    private int _at;
    private bool _isBad;

    private HeaderJson(byte[] text) => _text = text;

    private byte Next => _at < _text.Length ? _text[_at] : (byte)0;

    /// <param name="json">The JSON.</param>
    /// <param name="knownVersion">The highest version that can be read.</param>
    /// <param name="header">The header.</param>
    /// <param name="newerVersion">The version of a header that cannot be read because it is newer.</param>
    /// <returns>Whether there is a header of a known version.</returns>
    public static bool TryParse(ReadOnlySpan<byte> json, int knownVersion, [NotNullWhen(true)] out RepositoryHeader? header, out int? newerVersion)
    {
        header = null;
        newerVersion = null;

        // The version before everything else: what a newer header holds besides is not known.
        var text = json.ToArray();
        var reader = new HeaderJson(text);
        var version = reader.FindVersion();
        if (version > knownVersion)
        {
            newerVersion = version;
            return false;
        }

        reader = new HeaderJson(text);
        header = reader.ReadHeader();
        reader.SkipBlanks();
        if (reader._isBad || reader._at != text.Length)
        {
            header = null;
        }

        return header is not null;
    }

    private int? FindVersion()
    {
        int? version = null;
        var isFirst = true;
        while (NextMember(ref isFirst) is { } name)
        {
            if (name == "version")
            {
                version = ReadNumber();
            }
            else
            {
                SkipValue(1);
            }
        }

        return _isBad ? null : version;
    }

    private RepositoryHeader? ReadHeader()
    {
        string? format = null, cipher = null, medium = null, site = null, lockMode = null;
        int? version = null, generation = null, retentionDays = null;
        Guid? id = null;
        DateTimeOffset? created = null, changed = null;
        List<KeySlot>? slots = null;
        var isFirst = true;
        while (NextMember(ref isFirst) is { } name)
        {
            switch (name)
            {
                case "format":
                    format = ReadText();
                    break;
                case "version":
                    version = ReadNumber();
                    break;
                case "repositoryId":
                    id = Guid.TryParseExact(ReadText(), "D", out var guid) ? guid : null;
                    break;
                case "generation":
                    generation = ReadNumber();
                    break;
                case "createdAt":
                    created = ReadTime();
                    break;
                case "keyChangedAt":
                    changed = ReadTime();
                    break;
                case "cipher":
                    cipher = ReadText();
                    break;
                case "keySlots":
                    slots = ReadSlots();
                    break;
                case "medium":
                    medium = ReadText();
                    break;
                case "site":
                    site = ReadText();
                    break;
                case "objectLockMode":
                    lockMode = ReadText();
                    break;
                case "retentionDays":
                    retentionDays = ReadNumber();
                    break;
                default:
                    SkipValue(1);
                    break;
            }
        }

        return !_isBad && id is { } repositoryId && generation is { } number && created is { } createdAt && changed is { } changedAt && slots is not null
            ? new RepositoryHeader
            {
                Format = format ?? "drtools-repository",
                Version = version ?? 1,
                RepositoryId = repositoryId,
                Generation = number,
                CreatedAt = createdAt,
                KeyChangedAt = changedAt,
                Cipher = cipher ?? "aes-256-gcm",
                KeySlots = slots,
                Medium = medium,
                Site = site,
                ObjectLockMode = lockMode,
                RetentionDays = retentionDays ?? 0,
            }
            : null;
    }

    private List<KeySlot>? ReadSlots()
    {
        var slots = new List<KeySlot>(RepositoryHeader.MaximumKeySlots);
        SkipBlanks();
        if (!Take((byte)'['))
        {
            return null;
        }

        SkipBlanks();
        if (Next == ']')
        {
            _at++;
            return slots;
        }

        do
        {
            if (ReadSlot() is not { } slot)
            {
                _isBad = true;
                return null;
            }

            slots.Add(slot);
        }
        while (TakeComma());
        return Take((byte)']') ? slots : null;
    }

    private KeySlot? ReadSlot()
    {
        string? kind = null, label = null, service = null, recipient = null;
        byte[]? salt = null, key = null;
        var iterations = 0;
        DateTimeOffset? added = null;
        var isFirst = true;
        while (NextMember(ref isFirst) is { } name)
        {
            switch (name)
            {
                case "kind":
                    kind = ReadText();
                    break;
                case "iterations":
                    iterations = ReadNumber() ?? 0;
                    break;
                case "salt":
                    salt = ReadBytes();
                    break;
                case "key":
                    key = ReadBytes();
                    break;
                case "label":
                    label = ReadText();
                    break;
                case "service":
                    service = ReadText();
                    break;
                case "recipient":
                    recipient = ReadText();
                    break;
                case "addedAt":
                    added = ReadTime();
                    break;
                default:
                    SkipValue(2);
                    break;
            }
        }

        return !_isBad && kind is not null && key is not null
            ? new KeySlot { Kind = kind, Iterations = iterations, Salt = salt, Key = key, Service = service, Recipient = recipient, Label = label, AddedAt = added }
            : null;
    }

    private int? ReadNumber()
    {
        SkipBlanks();
        var start = _at;
        while (Next is (>= (byte)'0' and <= (byte)'9') or (byte)'-')
        {
            _at++;
        }

        // A fraction or an exponent is not a whole number, and what follows then is no comma.
        return int.TryParse(Encoding.ASCII.GetString(_text, start, _at - start), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : Bad<int>();
    }

    private byte[]? ReadBytes()
    {
        if (ReadText() is not { } text)
        {
            return null;
        }

        try
        {
            return Convert.FromBase64String(text);
        }
        catch (FormatException)
        {
            _isBad = true;
            return null;
        }
    }

    /// <summary>ISO 8601 with an offset, as the format says.</summary>
    private DateTimeOffset? ReadTime()
    {
        if (ReadText() is not { } text)
        {
            return null;
        }

        return DateTimeOffset.TryParseExact(text, "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : Bad<DateTimeOffset>();
    }

    private T? Bad<T>()
        where T : struct
    {
        _isBad = true;
        return null;
    }

    /// <summary>A string, or <see langword="null"/>.</summary>
    private string? ReadText()
    {
        SkipBlanks();
        if (_text.AsSpan(_at).StartsWith("null"u8))
        {
            _at += 4;
            return null;
        }

        if (!Take((byte)'"'))
        {
            return null;
        }

        var start = _at;
        while (Next is not ((byte)'"' or (byte)'\\' or < 0x20))
        {
            _at++;
        }

        if (Next == '"')
        {
            _at++;
            return Encoding.UTF8.GetString(_text, start, _at - 1 - start);
        }

        return ReadEscaped(start);
    }

    private string? ReadEscaped(int start)
    {
        var text = new StringBuilder(Encoding.UTF8.GetString(_text, start, _at - start));
        while (Next is >= 0x20 and not (byte)'"')
        {
            if (Next != '\\')
            {
                start = _at;
                while (Next is not ((byte)'"' or (byte)'\\' or < 0x20))
                {
                    _at++;
                }

                text.Append(Encoding.UTF8.GetString(_text, start, _at - start));
                continue;
            }

            _at++;
            var escape = Next;
            _at++;
            switch (escape)
            {
                case (byte)'"' or (byte)'\\' or (byte)'/':
                    text.Append((char)escape);
                    break;
                case (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t':
                    text.Append("\b\f\n\r\t"["bfnrt".IndexOf((char)escape)]);
                    break;
                case (byte)'u' when _at + 4 <= _text.Length
                    && ushort.TryParse(Encoding.ASCII.GetString(_text, _at, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit):
                    text.Append((char)unit);
                    _at += 4;
                    break;
                default:
                    _isBad = true;
                    return null;
            }
        }

        return Take((byte)'"') ? text.ToString() : null;
    }

    private void SkipValue(int depth)
    {
        SkipBlanks();
        switch (Next)
        {
            case (byte)'"':
                ReadText();
                break;
            case (byte)'{' when depth < MaximumDepth:
                var isFirst = true;
                while (NextMember(ref isFirst) is not null)
                {
                    SkipValue(depth + 1);
                }

                break;
            case (byte)'[' when depth < MaximumDepth:
                _at++;
                SkipBlanks();
                if (Next == ']')
                {
                    _at++;
                    break;
                }

                do
                {
                    SkipValue(depth + 1);
                }
                while (!_isBad && TakeComma());
                Take((byte)']');
                break;
            default:
                var start = _at;
                while (Next is (>= (byte)'0' and <= (byte)'9') or (>= (byte)'a' and <= (byte)'z') or (byte)'E' or (byte)'+' or (byte)'-' or (byte)'.')
                {
                    _at++;
                }

                _isBad |= _at == start;
                break;
        }
    }

    private void SkipBlanks()
    {
        while (Next is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r')
        {
            _at++;
        }
    }

    private bool TakeComma()
    {
        SkipBlanks();
        if (Next != ',')
        {
            return false;
        }

        _at++;
        return true;
    }

    private bool Take(byte expected)
    {
        SkipBlanks();
        if (Next != expected || _at >= _text.Length)
        {
            _isBad = true;
            return false;
        }

        _at++;
        return true;
    }

    /// <summary>Goes on to the next member of an object, whose value is then to be read; <see langword="null"/> behind the last
    /// one.</summary>
    private string? NextMember(ref bool isFirst)
    {
        if (_isBad)
        {
            return null;
        }

        if (isFirst)
        {
            isFirst = false;
            if (!Take((byte)'{'))
            {
                return null;
            }

            SkipBlanks();
            if (Next == '}')
            {
                _at++;
                return null;
            }
        }
        else if (!TakeComma())
        {
            Take((byte)'}');
            return null;
        }

        if (ReadText() is { } name && Take((byte)':'))
        {
            return name;
        }

        _isBad = true;
        return null;
    }
}
