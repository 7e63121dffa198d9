using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using TaskBot.Workspaces.Search.Languages;
using TaskBot.Workspaces.Trees;

namespace TaskBot.Workspaces.Search.Indexing;

/// <summary>Reads files, or documents of other segments, into a new <see cref="Segment"/>. Not safe for concurrent use.</summary>
sealed class SegmentBuilder
{
    /// <summary>More of a word in one file says no more.</summary>
    const int MostCounted = 255;

    readonly Dictionary<string, PostingList> lists = new(StringComparer.Ordinal);
    readonly Dictionary<string, PostingList[]> words = new(StringComparer.Ordinal);
    readonly Dictionary<string, PostingList[]>.AlternateLookup<ReadOnlySpan<char>> wordsBySpan;
    readonly List<PostingList> touched = [];
    readonly List<string> split = [];
    readonly List<Token> tokens = [];
    readonly ArrayBufferWriter<byte> documents = new();
    FieldCounts lengths;

    public SegmentBuilder() => wordsBySpan = words.GetAlternateLookup<ReadOnlySpan<char>>();

    public int Count { get; private set; }

    /// <param name="blob">The content's id in hexadecimal; empty where the path has none.</param>
    /// <param name="content">Empty for what is known by its path only.</param>
    public void Add(string path, string blob, ReadOnlySpan<byte> content)
    {
        lengths = default;
        foreach (var part in path.Split('/', '.', '-', ' '))
            AddWord(part, Field.Path);
        if (PathNames.Stem(path) is var stem && stem.Contains('-', StringComparison.Ordinal))
            AddWord(stem.Replace('-', '_'), Field.Path);
        Mark(KeyKind.Stem, PathNames.Stem(path).ToLowerInvariant());
        if (PathNames.IsTest(path))
            Mark(KeyKind.Tested, PathNames.TestSubject(path).ToLowerInvariant());
        if (SourceFile.Text(path, content) is { Length: > 0 } text)
            AddText(path, text);
        Finish(GitPath.Encode(path), Convert.FromHexString(blob), lengths);
    }

    /// <summary>Adds the documents of a segment that count, as they are there.</summary>
    public void Add(Segment segment, DocumentSet alive)
    {
        var renamed = new int[segment.Count];
        var first = Count;
        for (var document = 0; document < segment.Count; document++)
        {
            if (!alive.Has(document))
                continue;
            renamed[document] = Count;
            FieldCounts own = default;
            for (var field = 0; field < KeyKind.Fields; field++)
                own[field] = segment.Length(document, (Field)field);
            WriteDocument(GitPath.Encode(segment.Paths[document]), Convert.FromHexString(segment.Blobs[document]), own);
        }
        if (Count == first)
            return;
        foreach (var term in segment.Terms)
        {
            PostingList? list = null;
            for (var reader = segment.Postings(term); reader.MoveNext();)
            {
                if (!alive.Has(reader.Document))
                    continue;
                list ??= List(Encoding.UTF8.GetString(segment.Key(term)));
                list.Counts = reader.Counts;
                list.Write(renamed[reader.Document]);
            }
        }
    }

    public Segment Build()
    {
        var ordered = lists.Where(pair => pair.Value.Length > 0).Select(pair => (Key: Encoding.UTF8.GetBytes(pair.Key), List: pair.Value)).ToArray();
        Array.Sort(ordered, (a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key));
        var head = 12 + documents.WrittenCount;
        var offsets = (ordered.Length + 1) * 2 * sizeof(int);
        var keys = ordered.Sum(pair => pair.Key.Length);
        var bytes = new byte[head + offsets + keys + ordered.Sum(pair => pair.List.StoredLength)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, Segment.Format);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), Count);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), ordered.Length);
        documents.WrittenSpan.CopyTo(bytes.AsSpan(12));
        var (key, posting) = (0, 0);
        for (var term = 0; term <= ordered.Length; term++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(head + (term * 2 * sizeof(int))), key);
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(head + (((term * 2) + 1) * sizeof(int))), posting);
            if (term == ordered.Length)
                break;
            ordered[term].Key.CopyTo(bytes.AsSpan(head + offsets + key));
            ordered[term].List.CopyTo(bytes.AsSpan(head + offsets + keys + posting));
            key += ordered[term].Key.Length;
            posting += ordered[term].List.StoredLength;
        }
        return new Segment(bytes);
    }

    void AddText(string path, string text)
    {
        var language = Language.Of(path);
        Lexer.Read(text, language, tokens);
        foreach (var token in tokens)
        {
            if (token.Kind == TokenKind.Word)
                AddWord(token.Of(text), Field.Code);
            else if (token.Kind is TokenKind.Comment or TokenKind.String)
                foreach (var word in Lexer.Words(token.Of(text)))
                    AddWord(word, token.Kind == TokenKind.Comment ? Field.Comment : Field.String);
        }
        var declared = Declarations.Read(text, language, tokens);
        foreach (var symbol in declared.Symbols)
        {
            AddWord(symbol.Name, Field.Symbol);
            Mark(KeyKind.Declared, symbol.Name);
        }
        foreach (var import in declared.Imports)
            Mark(KeyKind.Imported, import);
    }

    void AddWord(ReadOnlySpan<char> word, Field field)
    {
        if (!wordsBySpan.TryGetValue(word, out var terms))
        {
            split.Clear();
            Terms.Split(word, split);
            terms = [.. split.Select(term => List(KeyKind.Term + term))];
            wordsBySpan[word] = terms;
        }
        foreach (var list in terms)
        {
            if (!list.IsTouched)
            {
                list.IsTouched = true;
                touched.Add(list);
            }
            if (list.Counts[(int)field] < MostCounted)
                list.Counts[(int)field]++;
            lengths[(int)field]++;
        }
    }

    void Mark(char kind, string name)
    {
        var list = List(kind + name);
        if (list.IsTouched)
            return;
        list.IsTouched = true;
        touched.Add(list);
    }

    PostingList List(string key) => lists.TryGetValue(key, out var list) ? list : lists[key] = new PostingList(hasCounts: key[0] == KeyKind.Term);

    void Finish(ReadOnlySpan<byte> path, ReadOnlySpan<byte> blob, FieldCounts own)
    {
        foreach (var list in touched)
            list.Write(Count);
        touched.Clear();
        WriteDocument(path, blob, own);
    }

    void WriteDocument(ReadOnlySpan<byte> path, ReadOnlySpan<byte> blob, FieldCounts own)
    {
        Write(path.Length);
        documents.Write(path);
        Write(blob.Length);
        documents.Write(blob);
        foreach (var length in own)
            Write(length);
        Count++;
    }

    void Write(int value) => documents.Advance(VariableNumber.Write(value, documents.GetSpan(VariableNumber.Longest)));

    /// <summary>The documents of one key, as they will stand in the segment, and its counts in the document that is being read.</summary>
    sealed class PostingList(bool hasCounts)
    {
        byte[] bytes = [];
        int last = -1;
        int documents;

        public FieldCounts Counts;

        public bool IsTouched { get; set; }

        public int Length { get; private set; }

        /// <summary>The length with the number of documents, which stands first.</summary>
        public int StoredLength => Length + VariableNumber.Length(documents);

        public void CopyTo(Span<byte> to) => bytes.AsSpan(0, Length).CopyTo(to[VariableNumber.Write(documents, to)..]);

        /// <summary>Notes the document with the counts, and forgets them.</summary>
        public void Write(int document)
        {
            if (bytes.Length < Length + 24)
                Array.Resize(ref bytes, Math.Max(24, bytes.Length * 2));
            Number(document - last - 1);
            last = document;
            documents++;
            IsTouched = false;
            if (!hasCounts)
                return;
            var fields = Length++;
            bytes[fields] = 0;
            for (var field = 0; field < KeyKind.Fields; field++)
            {
                if (Counts[field] == 0)
                    continue;
                bytes[fields] |= (byte)(1 << field);
                Number(Counts[field]);
            }
            Counts = default;
        }

        void Number(int value) => Length += VariableNumber.Write(value, bytes.AsSpan(Length));
    }
}
