// Hides rows that do not fit what was asked for; without this script every row is there.
(() => {
  const form = document.getElementById("filter");
  const told = document.getElementById("shown");
  const rows = [...document.querySelectorAll("#findings tbody tr")];
  const plain = (text) =>
    text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").replace(/[đĐ]/g, "d").toLowerCase();
  const texts = rows.map((row) => plain(row.textContent));
  const apply = () => {
    const wanted = plain(form.elements.text.value.trim());
    let count = 0;
    rows.forEach((row, n) => {
      const fits =
        ["outcome", "section", "subject"].every((key) => {
          const value = form.elements[key].value;
          return !value || row.dataset[key] === value;
        }) && (!wanted || texts[n].includes(wanted));
      row.hidden = !fits;
      count += fits;
    });
    told.textContent = `${count} / ${rows.length}`;
  };
  form.hidden = false;
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  apply();
})();
