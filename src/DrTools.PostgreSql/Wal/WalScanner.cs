using System.Buffers.Binary;
using System.Numerics;

namespace DrTools.PostgreSql.Wal;

/// <summary>Takes a record that a scan met.</summary>
internal delegate void WalRecordHandler(in WalRecord record);

/// <summary>
/// Finds the records of a segment. The segment comes in pieces of any size from its start on, and memory does not depend
/// on its size or on that of its records.
/// </summary>
/// <remarks>
/// <para>A segment is made of pages with a header each; records lie on multiples of eight bytes and run on over pages and
/// segments. The first record of a segment is as a rule the rest of one that began in the segment before: it is skipped.
/// The last one may run on into the next: it is not reported. See <c>src/include/access/xlog_internal.h</c> and
/// <c>src/backend/access/transam/xlogreader.c</c>.</para>
/// <para>Records are verified by their CRC-32C. Where the first one does not hold, the log ends, as it does for the
/// server: what follows is left from an earlier use of the file. Images of pages, compressed or not, are skipped.</para>
/// </remarks>
internal sealed class WalScanner(WalRecordHandler handler)
{
    private const int PageSize = 8192;
    private const int ShortHeader = 24;
    private const int LongHeader = 40;
    private const ushort Continues = 1;
    private const ushort IsLong = 2;
    private const int RecordHeader = 24;
    private const int Alignment = 8;
    private const int KeptBytes = 1280;

    private readonly byte[] _page = new byte[PageSize];
    private readonly byte[] _kept = new byte[KeptBytes];
    private readonly byte[] _rest = new byte[KeptBytes];
    private int _filled;
    private Lsn _expected;
    private bool _isStarted;
    private uint _magic;

    private uint _skip;
    private int _restLength;
    private uint _length;
    private uint _read;
    private Lsn _position;
    private Lsn _previous;
    private uint _crc;

    /// <summary>Whether the log has ended: by a switch, by zeros, or by what does not belong to it.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Where the last record that was reported ends; 0/0 before the first.</summary>
    public Lsn End { get; private set; }

    /// <summary>Where the last record that was reported starts; 0/0 before the first.</summary>
    public Lsn LastRecord => _previous;

    /// <summary>The beginning of the last record, where it runs on into the next segment.</summary>
    public ReadOnlySpan<byte> Unfinished => HasEnded || _length == 0 ? [] : _kept.AsSpan(0, (int)Math.Min(_read, KeptBytes));

    /// <summary>The rest of the record that began in the segment before, as far as it is kept.</summary>
    public ReadOnlySpan<byte> RestOfPrevious => _rest.AsSpan(0, _restLength);

    /// <summary>Takes the next bytes.</summary>
    public void Take(ReadOnlySpan<byte> piece)
    {
        while (piece.Length > 0 && !HasEnded)
        {
            if (_filled == 0 && piece.Length >= PageSize)
            {
                ReadPage(piece[..PageSize]);
                piece = piece[PageSize..];
                continue;
            }

            var taken = Math.Min(PageSize - _filled, piece.Length);
            piece[..taken].CopyTo(_page.AsSpan(_filled));
            piece = piece[taken..];
            _filled += taken;
            if (_filled == PageSize)
            {
                _filled = 0;
                ReadPage(_page);
            }
        }
    }

    private void ReadPage(ReadOnlySpan<byte> page)
    {
        var magic = BinaryPrimitives.ReadUInt16LittleEndian(page);
        var info = BinaryPrimitives.ReadUInt16LittleEndian(page[2..]);
        var address = new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(page[8..]));
        var rest = BinaryPrimitives.ReadUInt32LittleEndian(page[16..]);
        if (!_isStarted)
        {
            (_isStarted, _magic, _expected) = (true, magic, address);
            _skip = (info & Continues) != 0 ? rest : 0;
        }
        else if ((info & Continues) == 0 || rest != _length - _read)
        {
            // A record that was begun and never finished (a crash): the next one starts here.
            if (_skip == 0)
            {
                (_length, _read) = (0, 0);
            }
        }

        if (magic != _magic || magic == 0 || address != _expected)
        {
            HasEnded = true;
            return;
        }

        _expected = new Lsn(_expected.Value + PageSize);
        var offset = (info & IsLong) != 0 ? LongHeader : ShortHeader;
        while (offset < PageSize && !HasEnded)
        {
            if (_skip > 0)
            {
                var skipped = (int)Math.Min(_skip, PageSize - offset);
                var kept = Math.Min(skipped, KeptBytes - _restLength);
                page.Slice(offset, kept).CopyTo(_rest.AsSpan(_restLength));
                _restLength += kept;
                _skip -= (uint)skipped;
                offset = Align(offset + skipped);
            }
            else if (_length > 0)
            {
                offset = ReadOn(page, offset, address);
            }
            else
            {
                _length = BinaryPrimitives.ReadUInt32LittleEndian(page[offset..]);
                (_position, _read, _crc) = (new Lsn(address.Value + (ulong)offset), 0, uint.MaxValue);
                HasEnded = _length < RecordHeader;
            }
        }
    }

    private int ReadOn(ReadOnlySpan<byte> page, int offset, Lsn address)
    {
        var piece = page.Slice(offset, (int)Math.Min(_length - _read, PageSize - offset));
        if (_read < KeptBytes)
        {
            piece[..(int)Math.Min(piece.Length, KeptBytes - _read)].CopyTo(_kept.AsSpan((int)_read));
        }

        // The checksum covers what follows the header, and then the header itself.
        var inHeader = (int)Math.Min(Math.Max(0, RecordHeader - (long)_read), piece.Length);
        _crc = Checksum(_crc, piece[inHeader..]);
        _read += (uint)piece.Length;
        offset += piece.Length;
        if (_read < _length)
        {
            return offset;
        }

        offset = Align(offset);
        Finish(new Lsn(address.Value + (ulong)offset));
        (_length, _read) = (0, 0);
        return offset;
    }

    private void Finish(Lsn end)
    {
        var header = _kept.AsSpan(0, RecordHeader);
        var previous = new Lsn(BinaryPrimitives.ReadUInt64LittleEndian(header[8..]));
        if (~Checksum(_crc, header[..20]) != BinaryPrimitives.ReadUInt32LittleEndian(header[20..]) || (_previous.Value != 0 && previous != _previous))
        {
            HasEnded = true;
            return;
        }

        _previous = _position;
        End = end;
        var record = new WalRecord(
            _position, end, header[17], header[16], BinaryPrimitives.ReadUInt32LittleEndian(header[4..]), MainData(_kept.AsSpan(0, (int)Math.Min(_length, KeptBytes))));
        handler(in record);
        HasEnded = record.IsSwitch;
    }

    /// <summary>The main data of records without blocks, which all that are of interest here are: behind the headers of
    /// origin and transaction.</summary>
    internal static ReadOnlySpan<byte> MainData(ReadOnlySpan<byte> record)
    {
        const byte shortData = 255, longData = 254, origin = 253, topTransaction = 252;
        for (var at = RecordHeader; at < record.Length;)
        {
            switch (record[at])
            {
                case shortData:
                    return record[Math.Min(at + 2, record.Length)..];
                case longData:
                    return record[Math.Min(at + 5, record.Length)..];
                case origin:
                    at += 3;
                    break;
                case topTransaction:
                    at += 5;
                    break;
                default:
                    return [];
            }
        }

        return [];
    }

    private static int Align(int offset) => (offset + Alignment - 1) & ~(Alignment - 1);

    private static uint Checksum(uint crc, ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length >= 8)
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[8..];
        }

        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return crc;
    }
}
